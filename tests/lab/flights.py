# SPDX-License-Identifier: ISC
"""TLS servers made by hand, for what no library does any more: SSL 3.0, RC4, DES, export suites, compression.

Their flights are whole and signed as they should be, up to ServerHelloDone, which is all that a client needs to see that TLS is there. Nobody can
finish a handshake with them; so a server that also knows something better hands whoever comes to that on to OpenSSL.
"""
import hashlib
import os
import secrets
import ssl
import subprocess
import tempfile
from dataclasses import dataclass

import certificates
import contexts
import hello as hellos
import primes
import reshaped
from hello import HANDSHAKE, read_client_hello
from records import alert, extension, message, record, records, vector # noqa: F401
from suites import BY_OPENSSL, SSL3, SUITES, TLS10, TLS12

SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE = 2, 11, 12, 14
BAD_RECORD_MAC, HANDSHAKE_FAILURE, PROTOCOL_VERSION, UNRECOGNIZED_NAME = 20, 40, 70, 112
SHA256_RSA, SHA1_RSA = 0x0401, 0x0201
X25519, P256 = 0x001D, 0x0017
# The generator of P-256: a point is needed that is on the curve, not one whose secret is known.
P256_POINT = bytes.fromhex("046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")


def ders_of(name):
    """The chain of a certificate of the lab."""
    return [ssl.PEM_cert_to_DER_cert(pem + "-----END CERTIFICATE-----\n") for pem in certificates.chain(name).split("-----END CERTIFICATE-----\n") if pem.strip()]


def _openssl_on(data, *arguments):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return subprocess.run(["openssl", *(file.name if word is None else word for word in arguments)], check=True, capture_output=True).stdout


def sign(version, key, data, hello):
    """The signature as a ServerKeyExchange carries it. TLS up to 1.1 signs both digests one after the other, without naming them."""
    path = certificates.key_of(key)
    if version < TLS12:
        digests = hashlib.md5(data).digest() + hashlib.sha1(data).digest()
        return vector(_openssl_on(digests, "pkeyutl", "-sign", "-inkey", path, "-in", None, "-pkeyopt", "rsa_padding_mode:pkcs1"))
    offered = hellos.numbers(hello.extensions.get(13, b""), 2)
    is_new = SHA256_RSA in offered
    made = _openssl_on(data, "dgst", "-sha256" if is_new else "-sha1", "-sign", path, None)
    return (SHA256_RSA if is_new else SHA1_RSA).to_bytes(2, "big") + vector(made)


def _finite_field(prime):
    size = (prime.bit_length() + 7) // 8
    ours = pow(primes.GENERATOR, secrets.randbits(160) | 1 << 159, prime)
    return vector(prime.to_bytes(size, "big")) + vector(bytes([primes.GENERATOR])) + vector(ours.to_bytes(size, "big"))


def _curve(hello):
    group = X25519 if X25519 in hello.groups else P256
    point = os.urandom(32) if group == X25519 else P256_POINT
    return b"\x03" + group.to_bytes(2, "big") + bytes([len(point)]) + point


def key_exchange(version, suite, hello, server_random, server):
    """ServerKeyExchange, or nothing where the certificate's own key does it."""
    kind = SUITES[suite].exchange
    if kind == "rsa":
        return b""
    if kind == "rsa-export": # a temporary key of 512 bits; nobody will encrypt with it, so any odd number of that size does
        parameters = vector((secrets.randbits(512) | 1 << 511 | 1).to_bytes(64, "big")) + vector(b"\x01\x00\x01")
    elif kind == "ecdhe":
        parameters = _curve(hello)
    else:
        parameters = _finite_field(primes.OWN_512 if kind == "dhe-export" else server.prime)
    is_signed = SUITES[suite].signer or kind == "rsa-export"
    return message(SERVER_KEY_EXCHANGE, parameters + (sign(version, server.certificate, hello.random + server_random + parameters, hello) if is_signed else b""))


def _is_anonymous(suite):
    return not SUITES[suite].signer and SUITES[suite].exchange != "rsa" and SUITES[suite].exchange != "rsa-export"


def server_hello(version, suite, hello, random, server):
    """With the extensions that the server has, as far as the client knows them."""
    found = b""
    if server.has_renegotiation and hello.knows_renegotiation:
        found += extension(hellos.RENEGOTIATION, b"\x00")
    if server.has_extended_master_secret and version > SSL3 and hellos.EXTENDED_MASTER_SECRET in hello.extensions:
        found += extension(hellos.EXTENDED_MASTER_SECRET, b"")
    if server.has_heartbeat and hellos.HEARTBEAT in hello.extensions:
        found += extension(hellos.HEARTBEAT, b"\x01")
    compression = 1 if server.has_compression and 1 in hello.compressions else 0
    return message(SERVER_HELLO, version.to_bytes(2, "big") + random + b"\x00" + suite.to_bytes(2, "big") + bytes([compression]) + (vector(found) if found else b""))


def flight(hello, version, suite, server=None, ends_after=None):
    """ServerHello to ServerHelloDone as handshake bytes; ends_after cuts it behind that kind of message."""
    server = server or HandMade(version, [suite])
    random = os.urandom(32)
    parts = [server_hello(version, suite, hello, random, server)]
    if not _is_anonymous(suite):
        chain = b"".join(len(der).to_bytes(3, "big") + der for der in ders_of(server.certificate))
        parts.append(message(CERTIFICATE, len(chain).to_bytes(3, "big") + chain))
    parts += [key_exchange(version, suite, hello, random, server), message(SERVER_HELLO_DONE, b"")]
    if ends_after is not None:
        kinds = [part[0] for part in parts if part]
        parts = parts[:kinds.index(ends_after) + 1]
    return b"".join(parts)


@dataclass(frozen=True)
class HandMade:
    """A TLS server by hand, for Mail.tls. is_strict: refuses hellos of a higher version instead of answering with its own highest."""
    highest: int
    suites: list
    lowest: int = None # the same as highest
    is_strict: bool = False
    certificate: str = "good"
    prime: int = primes.COMMON_1024
    has_renegotiation: bool = True
    has_extended_master_secret: bool = True
    has_heartbeat: bool = False
    has_compression: bool = False
    behind: dict = None # options of contexts.context: what OpenSSL does of it

    def is_for_openssl(self, version, suite, hello):
        is_special = (self.has_compression and 1 in hello.compressions) or (self.has_heartbeat and hellos.HEARTBEAT in hello.extensions)
        return self.behind is not None and not is_special and (suite is None or (version >= TLS10 and suite in BY_OPENSSL))

    def choose(self, hello):
        """(version, suite or None); (None, None) when the version is refused."""
        version = min(hello.version, self.highest)
        if version < (self.lowest or self.highest) or (self.is_strict and hello.version > self.highest):
            return None, None
        usable = [suite for suite in self.suites if suite in hello.suites and SUITES[suite].lowest <= version
                  and (SUITES[suite].exchange != "ecdhe" or not hello.groups or {X25519, P256} & set(hello.groups))]
        return version, usable[0] if usable else None

    def __call__(self, peer):
        """Answers one ClientHello."""
        hello, raw = read_client_hello(peer)
        if hello is None:
            return None
        version, suite = self.choose(hello)
        if version is not None and self.is_for_openssl(version, suite, hello):
            return reshaped.take_over(peer, contexts.context(certificate=self.certificate, **self.behind), raw)
        if version is None:
            peer.send(alert(PROTOCOL_VERSION, self.highest))
        elif suite is None:
            peer.send(alert(HANDSHAKE_FAILURE, version))
        else:
            peer.send(records(version, flight(hello, version, suite, self)))
            if peer.any_bytes(): # who goes on is told at once that it leads nowhere
                peer.send(alert(BAD_RECORD_MAC, version))
        peer.leave()
        return None
