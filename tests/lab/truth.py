# SPDX-License-Identifier: ISC
"""What is true of every service of the lab, read from truth/*.tsv: written by hand from the configurations, never from what mailcensus says.

Columns: configuration, port, verdict, facts (key=value, separated by blanks, or -), why. A port of an address that has no row is closed.
"""
import functools
import os
from dataclasses import dataclass

import personas
import places
import servers

FOLDER = os.path.join(places.SOURCE, "truth")
VERDICTS = {"unknown", "closed", "slow", "rate-limited", "not-mail", "no-tls", "dead-port", "starttls-refused", "starttls-broken", "starttls-unadvertised",
            "legacy-tls-only", "login-before-tls", "tls-required", "implicit-tls", "implicit-broken", "tls-on-plain-port"}
# Facts that are compared when given; README.md of this folder says what they mean.
FACTS = {"protocol", "login", "advertised", "tls", "cn", "expired", "self-signed", "key-bits", "signature", "suite", "dh-bits"}


@dataclass(frozen=True)
class Row:
    address: str
    port: int
    config: str
    verdict: str
    facts: dict
    why: str


def hostile_addresses():
    return {persona.address: persona.name for persona in personas.PERSONAS}


def addresses():
    """Address: configuration, of all that the lab has."""
    return {**{server.address: server.name for server, _ in servers.all_servers()}, **hostile_addresses()}


def _read(name, address_of):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            config, ports, verdict, facts, why = line.rstrip("\n").split("\t")
            pairs = dict(fact.split("=", 1) for fact in facts.split() if fact != "-")
            if verdict not in VERDICTS or set(pairs) - FACTS or config not in address_of:
                raise ValueError(f"{name}:{number}: unknown verdict, fact or configuration: {line.strip()}")
            for port in ports.split(","):
                yield Row(address_of[config], int(port), config, verdict, pairs, why)


@functools.lru_cache
def rows():
    """One row for each port of each address, by address."""
    address_of = {config: address for address, config in addresses().items()}
    found = {}
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".tsv"):
            continue
        for row in _read(name, address_of):
            if (row.address, row.port) in found:
                raise ValueError(f"{name}: {row.config} port {row.port} is there twice")
            found[row.address, row.port] = row
    for address, config in addresses().items():
        if not any(key[0] == address for key in found):
            raise ValueError(f"{config} ({address}) has no truth")
        for port in places.PORTS:
            found.setdefault((address, port), Row(address, port, config, "closed", {}, "nothing listens"))
    return [found[key] for key in sorted(found, key=lambda key: ([int(part) for part in key[0].split(".")], key[1]))]
