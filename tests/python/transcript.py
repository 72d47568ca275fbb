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


def put_together(common, own):
    """A transcript that was kept in two parts (src/store/transcript_parts.h), as stored whole; own None: it was kept whole."""
    if own is None:
        return bytes(common)
    out, at, taken, moment = bytearray(), 0, 0, 0
    while at < len(common):
        kind = common[at]
        size, at = _leb128(common, at + 1)
        content = common[at:at + size]
        at += size
        step, taken = _leb128(own, taken)
        moment += step
        if kind == 8:
            marked, content = content, b""
            for byte in marked:
                if byte == 1:
                    content += own[taken:taken + 32].hex().encode()
                    taken += 32
                else:
                    content += bytes([byte])
        elif kind == 2 and content == b"\x02":
            size, taken = _leb128(own, taken)
            content = own[taken:taken + size]
            taken += size
        out.append(kind)
        out += _to_leb128(moment) + _to_leb128(len(content)) + content
    if taken != len(own):
        raise ValueError("these are no two parts of one transcript")
    return bytes(out)


def of_database(connection):
    """(address, port, attempt, transcript) of all conversations, in the order in which they were kept."""
    texts = dict(connection.execute("SELECT id, bytes FROM text").fetchall())
    for address, port, attempt, common, own in connection.execute("SELECT address, port, attempt, transcript, moments FROM conversation ORDER BY rowid").fetchall():
        yield address, port, attempt, put_together(texts[common] if isinstance(common, int) else common, own)


def _to_leb128(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return out


def without_moments(data):
    """The records without times; neighbouring ones of the same kind are joined, as TCP may split them differently each time."""
    out = []
    for kind, _, content in records(data):
        if out and out[-1][0] == kind and kind in ("received", "sent"):
            out[-1] = (kind, out[-1][1] + content)
        else:
            out.append((kind, content))
    return out
