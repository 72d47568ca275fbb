# SPDX-License-Identifier: ISC
"""A TLS 1.3 server that knows X25519MLKEM768, which no library of Debian 12 does: it asks for that group as OpenSSL 3.5 would, by HelloRetryRequest.

Whoever does not offer it gets a whole server by OpenSSL.
"""
from contexts import context
from flights import SERVER_HELLO
from hello import KEY_SHARE, SUPPORTED_VERSIONS, read_client_hello
from peer import Gone
from records import HANDSHAKE, alert, extension, message, record
from reshaped import take_over
from suites import TLS12

X25519_MLKEM768, TLS13 = 0x11EC, 0x0304
SUITES = (0x1302, 0x1303, 0x1301)
INTERNAL_ERROR = 80
RETRY = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C") # RFC 8446 4.1.3
CHANGE_CIPHER_SPEC = record(20, TLS12, b"\x01")


def retry_request(hello, suite, group):
    extensions = extension(SUPPORTED_VERSIONS, TLS13.to_bytes(2, "big")) + extension(KEY_SHARE, group.to_bytes(2, "big"))
    body = TLS12.to_bytes(2, "big") + RETRY + bytes([len(hello.session)]) + hello.session + suite.to_bytes(2, "big") + b"\x00" + len(extensions).to_bytes(2, "big") + extensions
    return record(HANDSHAKE, TLS12, message(SERVER_HELLO, body)) + (CHANGE_CIPHER_SPEC if hello.session else b"")


def prefers_post_quantum(**options):
    """A function for Mail.tls."""
    def tls(peer):
        hello, raw = read_client_hello(peer)
        if hello is None:
            raise Gone
        suite = next((suite for suite in SUITES if suite in hello.suites), None)
        if TLS13 not in hello.versions or X25519_MLKEM768 not in hello.groups or suite is None:
            return take_over(peer, context(**options), raw)
        if X25519_MLKEM768 not in hello.shares:
            peer.send(retry_request(hello, suite, X25519_MLKEM768))
            peer.drain()
        else: # the exchange itself is beyond us
            peer.send(alert(INTERNAL_ERROR, TLS12))
            peer.leave()
        return None
    return tls
