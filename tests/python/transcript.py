# SPDX-License-Identifier: ISC
"""Reads stored transcripts (the format is described in src/model/transcript.h)."""

KINDS = {1: "connected", 2: "received", 3: "sent", 4: "closed", 5: "reset", 6: "deadline", 7: "hello", 8: "tls", 9: "left", 10: "opening"}


def _leb128(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7


def records(data):
    """(kind, at_ms, bytes) one after the other."""
    at = 0
    while at < len(data):
        kind = KINDS[data[at]]
        moment, at = _leb128(data, at + 1)
        size, at = _leb128(data, at)
        if at + size > len(data):
            raise ValueError("a transcript is cut off")
        yield kind, moment, data[at:at + size]
        at += size


def without_moments(data):
    """The records without times; neighbouring ones of the same kind are joined, as TCP may split them differently each time."""
    out = []
    for kind, _, content in records(data):
        if out and out[-1][0] == kind and kind in ("received", "sent"):
            out[-1] = (kind, out[-1][1] + content)
        else:
            out.append((kind, content))
    return out
