# SPDX-License-Identifier: ISC
"""What is true of every service of the lab, read from truth/*.tsv: written by hand from the configurations, never from what mailcensus says.

Columns: configuration, port, verdict, facts (key=value, separated by blanks, or -), why. A port of an address that has no row is closed.
truth/depth/*.tsv have what only a whole look at TLS shows: configuration, ports with TLS, facts.
"""
import functools
import os
from dataclasses import dataclass, replace

import personas
import places
import servers

FOLDER = os.path.join(places.SOURCE, "truth")
VERDICTS = {"unknown", "closed", "slow", "rate-limited", "not-mail", "no-tls", "dead-port", "starttls-refused", "starttls-broken", "starttls-unadvertised",
            "legacy-tls-only", "login-before-tls", "tls-required", "implicit-tls", "implicit-broken", "tls-on-plain-port", "false-host"}
# Facts that are compared when given; README.md of this folder says what they mean.
FACTS = {"protocol", "login", "advertised", "tls", "cn", "expired", "self-signed", "key-bits", "signature", "suite", "dh-bits"}
# Facts of truth/depth/; the same README says what they mean.
DEPTH_FACTS = {"versions", "traits", "weakest", "strongest", "pq", "group", "dh-bits", "dh-common", "trust", "chain", "ems", "reneg", "compression", "heartbeat", "ocsp",
               "client-certificate", "injection", "name-matters", "version-intolerant", "extension-intolerant", "second-key", "cn", "key", "key-bits", "signature",
               "expired", "self-signed", "asked", "name", "unseen", "findings", "no-findings"}
CLEAR = (110, 143)
# Words of the fact traits, from nothing to good; two more say how keys are exchanged.
STRENGTH = ("null", "anonymous", "export", "des", "rc4", "3des", "cbc", "aead")
EXCHANGES = ("static", "pfs")


@dataclass(frozen=True)
class Row:
    address: str
    port: int
    config: str
    verdict: str  # several, separated by |, where it depends on how deep one looks
    facts: dict
    why: str
    depth: dict   # facts that only a whole look at TLS shows


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
            if set(verdict.split("|")) - VERDICTS or set(pairs) - FACTS or config not in address_of:
                raise ValueError(f"{name}:{number}: unknown verdict, fact or configuration: {line.strip()}")
            for port in ports.split(","):
                yield Row(address_of[config], int(port), config, verdict, pairs, why, {})


def _depth_of(line):
    """The facts of a line, with those that follow from others."""
    config, ports, facts = line.rstrip("\n").split("\t")
    pairs = dict(fact.split("=", 1) for fact in facts.split())
    traits = pairs.get("traits", "").split(",")
    if set(pairs) - DEPTH_FACTS or ("traits" in pairs and set(traits) - {*STRENGTH, *EXCHANGES}):
        raise ValueError(f"unknown fact or trait: {line.strip()}")
    ranked = [trait for trait in STRENGTH if trait in traits]
    if ranked:
        pairs = {"weakest": ranked[0], "strongest": ranked[-1], **pairs}
    return config, [int(port) for port in ports.split(",")], pairs


def _add_depth(found, address_of):
    folder = os.path.join(FOLDER, "depth")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for line in file:
                if not line.strip() or line.startswith("#"):
                    continue
                config, ports, pairs = _depth_of(line)
                for port in ports:
                    key = address_of[config], port
                    if key not in found or found[key].depth:
                        raise ValueError(f"{name}: {config} port {port} has no row in the other files, or two here")
                    of_port = {name: value for name, value in pairs.items() if name != "injection" or port in CLEAR}
                    found[key] = replace(found[key], depth=of_port)


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
            found.setdefault((address, port), Row(address, port, config, "closed", {}, "nothing listens", {}))
    _add_depth(found, address_of)
    return [found[key] for key in sorted(found, key=lambda key: ([int(part) for part in key[0].split(".")], key[1]))]
