# SPDX-License-Identifier: ISC
"""All real servers of the lab: 127.10.P.N, P for the product and N for its configuration."""
from . import dovecot

PRODUCTS = [(0, dovecot)]


def all_servers():
    """[(Server, the module that prepares it)]"""
    found = []
    for base, module in PRODUCTS:
        found += [(server, module) for server in module.servers(lambda number, base=base: f"127.10.0.{base + number}")]
    return found
