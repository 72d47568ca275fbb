# SPDX-License-Identifier: ISC
"""TLS servers made by hand, for what no library does any more: SSL 3.0, RC4, export suites.

They go as far as ServerHelloDone, which is all that a client needs to see that TLS is there; nobody can finish a handshake with them.
"""
import hashlib
import os
import secrets
import ssl
import subprocess
import tempfile

import certificates

SSL3, TLS10, TLS11, TLS12 = 0x0300, 0x0301, 0x0302, 0x0303
ALERT, HANDSHAKE = 21, 22
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE = 1, 2, 11, 12, 14
HANDSHAKE_FAILURE, PROTOCOL_VERSION, UNRECOGNIZED_NAME = 40, 70, 112
RSA_RC4_40_MD5, RSA_RC4_128_SHA, RSA_3DES_SHA, RSA_AES128_SHA = 0x0003, 0x0005, 0x000A, 0x002F
RECORD_MAX = 16384


def record(kind, version, body):
    return bytes([kind]) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def records(version, body):
    return b"".join(record(HANDSHAKE, version, body[at:at + RECORD_MAX]) for at in range(0, len(body), RECORD_MAX))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def alert(description, version=TLS10, level=2):
    return record(ALERT, version, bytes([level, description]))


def ders_of(name):
    """The chain of a certificate of the lab."""
    return [ssl.PEM_cert_to_DER_cert(pem + "-----END CERTIFICATE-----\n") for pem in certificates.chain(name).split("-----END CERTIFICATE-----\n") if pem.strip()]


class ClientHello:
    """version (of the message, not of the record), random, suites."""

    def __init__(self, body):
        self.version = int.from_bytes(body[0:2], "big")
        self.random = body[2:34]
        at = 35 + body[34]
        size = int.from_bytes(body[at:at + 2], "big")
        self.suites = [int.from_bytes(body[i:i + 2], "big") for i in range(at + 2, at + 2 + size, 2)]


def read_client_hello(peer):
    """None when something else came, or nothing."""
    body = b""
    while len(body) < 4 or len(body) < 4 + int.from_bytes(body[1:4], "big"):
        header = peer.exactly(5)
        if header is None or header[0] != HANDSHAKE or header[1] != 3:
            return None
        part = peer.exactly(int.from_bytes(header[3:5], "big"))
        if part is None or len(body) > 65536:
            return None
        body += part
    return ClientHello(body[4:]) if body[0] == CLIENT_HELLO else None


def sign_md5_sha1(key, data):
    """As TLS up to 1.1 signs with RSA: both digests one after the other, without naming them."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(hashlib.md5(data).digest() + hashlib.sha1(data).digest())
        file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", certificates.key_of(key), "-in", file.name, "-pkeyopt", "rsa_padding_mode:pkcs1"],
                              check=True, capture_output=True).stdout


def export_key_exchange(client_random, server_random, key):
    """A temporary RSA key of 512 bits, as export suites use it. Nobody will encrypt with it, so any odd number of that size does."""
    modulus = (secrets.randbits(512) | 1 << 511 | 1).to_bytes(64, "big")
    exponent = b"\x01\x00\x01"
    parameters = len(modulus).to_bytes(2, "big") + modulus + len(exponent).to_bytes(2, "big") + exponent
    signature = sign_md5_sha1(key, client_random + server_random + parameters)
    return message(SERVER_KEY_EXCHANGE, parameters + len(signature).to_bytes(2, "big") + signature)


def flight(hello, version, suite, certificate="good", ends_after=None):
    """ServerHello to ServerHelloDone as handshake bytes; ends_after cuts it behind that kind of message."""
    random = os.urandom(32)
    chain = b"".join(len(der).to_bytes(3, "big") + der for der in ders_of(certificate))
    parts = [message(SERVER_HELLO, version.to_bytes(2, "big") + random + b"\x00" + suite.to_bytes(2, "big") + b"\x00"),
             message(CERTIFICATE, len(chain).to_bytes(3, "big") + chain)]
    if suite == RSA_RC4_40_MD5:
        parts.append(export_key_exchange(hello.random, random, certificate))
    parts.append(message(SERVER_HELLO_DONE, b""))
    if ends_after is not None:
        kinds = [part[0] for part in parts]
        parts = parts[:kinds.index(ends_after) + 1]
    return b"".join(parts)


class HandMade:
    """A TLS server by hand. is_strict: refuses hellos of a higher version instead of answering with its own."""

    def __init__(self, version, suites, is_strict=False):
        self.version, self.suites, self.is_strict = version, suites, is_strict

    def __call__(self, peer):
        """Answers one ClientHello, then waits until the client has gone. There is never a session inside."""
        hello = read_client_hello(peer)
        if hello is None:
            return None
        common = [suite for suite in self.suites if suite in hello.suites]
        if hello.version < self.version or (self.is_strict and hello.version > self.version):
            peer.send(alert(PROTOCOL_VERSION, self.version))
        elif not common:
            peer.send(alert(HANDSHAKE_FAILURE, self.version))
        else:
            peer.send(records(self.version, flight(hello, self.version, common[0])))
            peer.drain()
        return None
