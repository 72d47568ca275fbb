# SPDX-License-Identifier: ISC
"""Writes small MMDB files (MaxMind DB format 2.0), as no tool of Debian does: for tests of who reads them."""
import ipaddress
import struct


class Integer(int):
    """A number with its type: 5 uint16, 6 uint32, 9 uint64."""

    def __new__(cls, value, kind=6):
        self = super().__new__(cls, value)
        self.kind = kind
        return self


def control(kind, size):
    head = bytes([(kind if kind <= 7 else 0) << 5 | min(size, 29)]) + (bytes([kind - 7]) if kind > 7 else b"")
    return head + (bytes([size - 29]) if size >= 29 else b"")


def encode(value):
    if isinstance(value, str):
        return control(2, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(key) + encode(inner) for key, inner in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(inner) for inner in value)
    if isinstance(value, bool):
        return control(14, int(value))
    content = int(value).to_bytes(8, "big").lstrip(b"\0")
    return control(getattr(value, "kind", 6), len(content)) + content


def write(path, version, entries, kind="Test", aliases=()):
    """entries: {prefix: value}; IPv4 lies below ::/96 of a file of version 6. aliases: prefixes that point to where IPv4 begins."""
    nodes, data, places = [[None, None]], b"", {}

    def walk(network):
        length = network.prefixlen + (96 if version == 6 and network.version == 4 else 0)
        number, width = int(network.network_address), 128 if version == 6 else 32
        return [number >> (width - 1 - depth) & 1 for depth in range(length)]

    def reach(bits):
        at = 0
        for bit in bits:
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        return at

    for prefix, value in entries.items():
        bits = walk(ipaddress.ip_network(prefix))
        raw = encode(value)
        if raw not in places:
            places[raw] = len(data)
            data += raw
        nodes[reach(bits[:-1])][bits[-1]] = ("data", places[raw])
    for prefix in aliases:
        bits = walk(ipaddress.ip_network(prefix))
        nodes[reach(bits[:-1])][bits[-1]] = reach([0] * 96)

    def record(value):
        return len(nodes) if value is None else len(nodes) + 16 + value[1] if isinstance(value, tuple) else value

    tree = b"".join(struct.pack(">I", record(side))[1:] for node in nodes for side in node)
    metadata = encode({"node_count": Integer(len(nodes)), "record_size": Integer(24, 5), "ip_version": Integer(version, 5),
                       "database_type": kind, "languages": ["en"], "binary_format_major_version": Integer(2, 5),
                       "binary_format_minor_version": Integer(0, 5), "build_epoch": Integer(1790035200, 9), "description": {"en": "test"}})
    with open(path, "wb") as file:
        file.write(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata)
