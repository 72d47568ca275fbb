# SPDX-License-Identifier: ISC
"""Servers that know only one connection on their standard input: popa3d and Solid POP3. Neither has TLS, nor CAPA."""
from .model import Process, Server


def servers(address_of):
    return [Server("popa3d", "popa3d", address_of(1), (110,), ()), Server("solid-pop3d", "solid-pop3d", address_of(2), (110,), ())]


def prepare(server):
    server.begin()
    arguments = {"popa3d": ["/usr/sbin/popa3d"], "solid-pop3d": ["/usr/sbin/solid-pop3d"]}[server.product]
    return [Process(arguments, sockets=[(server.address, port) for port in server.clear])]
