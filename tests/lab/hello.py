# SPDX-License-Identifier: ISC
"""Reads a ClientHello, as far as the servers made by hand need it."""

from records import HANDSHAKE

CLIENT_HELLO = 1
SERVER_NAME, GROUPS, HEARTBEAT, EXTENDED_MASTER_SECRET, SUPPORTED_VERSIONS, KEY_SHARE, RENEGOTIATION = 0, 10, 15, 23, 43, 51, 0xFF01
SIGNALS_RENEGOTIATION = 0x00FF # a suite that stands for the extension
BYTES_MAX = 65536


def numbers(data, size):
    """A vector behind a length of that many bytes, as two-byte numbers."""
    return [int.from_bytes(data[at:at + 2], "big") for at in range(size, len(data) - 1, 2)]


class ClientHello:
    """version (of the message, not of the record), random, session, suites, compressions, extensions {number: bytes} and whether there are any at all."""

    def __init__(self, body):
        self.version = int.from_bytes(body[0:2], "big")
        self.random = body[2:34]
        self.session = body[35:35 + body[34]]
        at = 35 + body[34]
        size = int.from_bytes(body[at:at + 2], "big")
        self.suites = numbers(body[at:at + 2 + size], 2)
        at += 2 + size
        self.compressions = body[at + 1:at + 1 + body[at]] if at < len(body) else b"\x00"
        at += 1 + len(self.compressions)
        self.extensions = {}
        end = min(len(body), at + 2 + int.from_bytes(body[at:at + 2], "big"))
        at += 2
        while at + 4 <= end:
            size = int.from_bytes(body[at + 2:at + 4], "big")
            self.extensions[int.from_bytes(body[at:at + 2], "big")] = body[at + 4:at + 4 + size]
            at += 4 + size

    @property
    def versions(self):
        """Of the extension; without it none."""
        return numbers(self.extensions.get(SUPPORTED_VERSIONS, b""), 1)

    @property
    def groups(self):
        return numbers(self.extensions.get(GROUPS, b""), 2)

    @property
    def shares(self):
        """Groups that the client sent a key for."""
        data, at, found = self.extensions.get(KEY_SHARE, b""), 2, []
        while at + 4 <= len(data):
            found.append(int.from_bytes(data[at:at + 2], "big"))
            at += 4 + int.from_bytes(data[at + 2:at + 4], "big")
        return found

    @property
    def knows_renegotiation(self):
        return RENEGOTIATION in self.extensions or SIGNALS_RENEGOTIATION in self.suites


def read_client_hello(peer):
    """(hello, all bytes that were read); (None, bytes) when something else came, or nothing."""
    body, raw = b"", b""
    while len(body) < 4 or len(body) < 4 + int.from_bytes(body[1:4], "big"):
        header = peer.exactly(5)
        if header is None or header[0] != HANDSHAKE or header[1] != 3:
            return None, raw + (header or b"")
        part = peer.exactly(int.from_bytes(header[3:5], "big"))
        raw += header + (part or b"")
        if part is None or len(body) > BYTES_MAX:
            return None, raw
        body += part
    try:
        return (ClientHello(body[4:]) if body[0] == CLIENT_HELLO else None), raw
    except IndexError:
        return None, raw
