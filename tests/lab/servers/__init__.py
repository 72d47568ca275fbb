# SPDX-License-Identifier: ISC
"""All real servers of the lab, each configuration on a loopback address of its own."""
from . import courier, cyrus, dovecot, front, inetd_style, mailutils

# Where the addresses of a product begin: 127.10.0.(base + number of the configuration).
PRODUCTS = [(0, dovecot), (20, courier), (40, cyrus), (60, mailutils), (80, inetd_style), (100, front)]


def all_servers():
    """[(Server, the module that prepares it)]"""
    found = []
    for base, module in PRODUCTS:
        found += [(server, module) for server in module.servers(lambda number, base=base: f"127.10.0.{base + number}")]
    return found
