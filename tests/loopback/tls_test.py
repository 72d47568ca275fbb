#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Observes real TLS servers (openssl s_server, gnutls-serv) on loopback, in many settings, by every hello and by a real session.

usage: tls_test.py TLS_OBSERVER

As root in a network namespace of its own, else on 127.0.0.1 and without gnutls-serv, which would listen on every address. Each server is ours and is stopped by its process id.
"""
import base64
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import namespace  # noqa: E402

START_SECONDS = 20
ANSWER_SECONDS = 10
GNUTLS_PORT = 5556
# RFC 2409 6.2: the prime of 1024 bits that very many old servers share
OAKLEY_GROUP_2 = ("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
                  "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF")


class Server:
    """One server process, listening when entered, gone when left."""

    def __init__(self, command, ready, port=None):
        self.command, self.ready, self.port = command, ready, port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        said = b""
        while not re.search(self.ready, said):
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                self.stop()
                raise RuntimeError(f"{self.command[0]} did not say that it listens: {said!r}")
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                self.stop()
                raise RuntimeError(f"{self.command[0]} ended: {said!r}")
            said += piece
        if self.port is None:
            self.port = int(re.search(self.ready, said).group(1))
        return self

    def __exit__(self, *ignored):
        self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Lab:
    def __init__(self, observer, folder):
        self.observer, self.folder = observer, pathlib.Path(folder)
        self.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("rsa.key"), "-out", self.path("rsa.pem"), "-days", "30", "-subj", "/CN=rsa.example"])
        self.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path("ec.key"), "-out", self.path("ec.pem"),
                  "-days", "30", "-subj", "/CN=ec.example"])

    def path(self, name):
        return str(self.folder / name)

    def run(self, command):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fingerprint(self, kind):
        said = subprocess.run(["openssl", "x509", "-in", self.path(kind + ".pem"), "-noout", "-fingerprint", "-sha256"], check=True, capture_output=True, text=True).stdout
        return said.strip().split("=")[1].replace(":", "").lower()

    def openssl(self, *arguments, kind="rsa"):
        certificate = ["-cert", self.path(kind + ".pem"), "-key", self.path(kind + ".key")] if kind else ["-nocert"]
        return Server(["openssl", "s_server", "-accept", "127.0.0.1:0", *certificate, *arguments], rb"ACCEPT 127\.0\.0\.1:(\d+)")

    def gnutls(self, priority, *arguments, kind="rsa"):
        return Server(["gnutls-serv", "--port", str(GNUTLS_PORT), "--echo", "--priority", priority, "--x509certfile", self.path(kind + ".pem"), "--x509keyfile", self.path(kind + ".key"),
                       *arguments], rb"port \d+\.\.\.done", GNUTLS_PORT)

    def observe(self, server, hello, protocol="imap", name=None):
        """What the observer says: facts as a dictionary, "flags" and "certificates" (fingerprints) as lists."""
        with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS) as wire:
            wire.setblocking(True)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
            said = subprocess.run([self.observer, hello, protocol] + ([name] if name else []), check=True, stdin=wire, capture_output=True, text=True, timeout=60).stdout.splitlines()
        facts = dict(word.split("=", 1) for word in said[0].split())
        facts["flags"] = said[1].split()[1:]
        facts["certificates"] = [line.split()[1] for line in said[2:]]
        return facts


class Failure(Exception):
    pass


def expect(facts, **wanted):
    for key, value in wanted.items():
        seen = facts.get(key, "")
        values = value if isinstance(value, tuple) else (value,)
        if seen not in values:
            raise Failure(f"{key} is {seen!r}, not {value!r}: {facts}")


def expect_flags(facts, *wanted, without=()):
    for flag in wanted:
        if flag not in facts["flags"]:
            raise Failure(f"flag {flag} is missing: {facts}")
    for flag in without:
        if flag in facts["flags"]:
            raise Failure(f"flag {flag} should not be there: {facts}")


def openssl_tls_1_2_with_rsa(lab):
    with lab.openssl("-tls1_2") as server:
        facts = lab.observe(server, "h1")
        expect(facts, outcome="proven", version="0303", suite="c030", group="001d", certificates=[lab.fingerprint("rsa")])
        expect_flags(facts, "secure-renegotiation", "extended-master-secret", "tickets", without=("says-tls13",))
        expect(lab.observe(server, "h2"), outcome="alert")
        expect(lab.observe(server, "session"), outcome="proven", version="0303", group="001d", certificates=[lab.fingerprint("rsa")])


def openssl_tls_1_2_with_ecdsa(lab):
    with lab.openssl("-tls1_2", kind="ec") as server:
        expect(lab.observe(server, "h1"), outcome="proven", version="0303", suite="c02c", certificates=[lab.fingerprint("ec")])
        expect(lab.observe(server, "session"), outcome="proven", version="0303", certificates=[lab.fingerprint("ec")])


def openssl_tls_1_3_only(lab):
    with lab.openssl("-tls1_3") as server:
        expect(lab.observe(server, "h1"), outcome="alert", alert="70")
        facts = lab.observe(server, "h2")
        expect(facts, outcome="hello-only", version="0304", group="001d", suite="1302")
        expect_flags(facts, "says-tls13")
        facts = lab.observe(server, "session")
        expect(facts, outcome="proven", version="0304", group="001d", certificates=[lab.fingerprint("rsa")])
        expect_flags(facts, "says-tls13")


def openssl_both_versions(lab):
    with lab.openssl() as server:
        facts = lab.observe(server, "h1")
        expect(facts, outcome="proven", version="0303")
        expect_flags(facts, "says-tls13")
        expect(lab.observe(server, "h3"), outcome="alert")
        expect(lab.observe(server, "h5"), outcome="alert")
        expect(lab.observe(server, "h6"), outcome="alert")


def openssl_tls_1_0_only(lab):
    with lab.openssl("-tls1", "-cipher", "ALL:@SECLEVEL=0") as server:
        for hello in ("h1", "h3", "h4", "session"):
            expect(lab.observe(server, hello), outcome="proven", version="0301", certificates=[lab.fingerprint("rsa")])
        expect(lab.observe(server, "h2"), outcome="alert")


def openssl_tls_1_1_only(lab):
    with lab.openssl("-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as server:
        expect(lab.observe(server, "h1"), outcome="proven", version="0302")
        expect(lab.observe(server, "h3"), outcome="proven", version="0302")
        expect(lab.observe(server, "h4"), outcome="alert")


def openssl_finite_field_of_1024_bits(lab):
    der = bytes.fromhex("30818702818100" + OAKLEY_GROUP_2 + "020102")
    pathlib.Path(lab.path("dh1024.pem")).write_text(f"-----BEGIN DH PARAMETERS-----\n{base64.encodebytes(der).decode()}-----END DH PARAMETERS-----\n")
    with lab.openssl("-tls1_2", "-cipher", "DHE:@SECLEVEL=0", "-dhparam", lab.path("dh1024.pem")) as server:
        expect(lab.observe(server, "h1"), outcome="proven", **{"dh-bits": "1024"})
        expect(lab.observe(server, "session"), outcome="proven", **{"dh-bits": "1024"})


def openssl_finite_field_of_2048_bits(lab):
    with lab.openssl("-tls1_2", "-cipher", "DHE-RSA-AES128-SHA") as server:
        expect(lab.observe(server, "h1"), outcome="proven", suite="0033", **{"dh-bits": "2048"})


def openssl_static_rsa(lab):
    with lab.openssl("-tls1_2", "-cipher", "AES128-SHA") as server:
        expect(lab.observe(server, "h1"), outcome="proven", suite="002f", group="")


def openssl_anonymous(lab):
    with lab.openssl("-tls1_2", "-cipher", "ADH:@SECLEVEL=0", kind=None) as server:
        expect(lab.observe(server, "h6"), outcome="proven", certificates=[])
        expect(lab.observe(server, "h1"), outcome="alert", alert="40")


def openssl_wants_a_client_certificate(lab):
    with lab.openssl("-tls1_2", "-verify", "1") as server:
        facts = lab.observe(server, "h1")
        expect(facts, outcome="proven")
        expect_flags(facts, "client-certificate-wanted")
        expect_flags(lab.observe(server, "session"), "client-certificate-wanted")
    with lab.openssl("-tls1_3", "-verify", "1") as server:
        facts = lab.observe(server, "session")
        expect(facts, outcome="proven", version="0304")
        expect_flags(facts, "client-certificate-wanted")


def openssl_chooses_our_protocol(lab):
    with lab.openssl("-alpn", "imap,pop3") as server:
        expect(lab.observe(server, "h1", "imap"), outcome="proven", alpn="imap")
        expect(lab.observe(server, "h1", "pop3"), outcome="proven", alpn="pop3")
        expect(lab.observe(server, "h1", "unknown"), outcome="proven", alpn="")
        expect(lab.observe(server, "session", "pop3"), outcome="proven", version="0304", alpn="pop3")


def openssl_chain_of_two(lab):
    with lab.openssl("-tls1_2", "-cert_chain", lab.path("ec.pem")) as server:
        chain = [lab.fingerprint("rsa"), lab.fingerprint("ec")]
        expect(lab.observe(server, "h1"), outcome="proven", certificates=chain)
        expect(lab.observe(server, "session"), outcome="proven", certificates=chain)


def gnutls_default(lab):
    with lab.gnutls("NORMAL", "--disable-client-cert") as server:
        facts = lab.observe(server, "h1")
        expect(facts, outcome="proven", version="0303", certificates=[lab.fingerprint("rsa")])
        expect_flags(facts, "says-tls13")
        facts = lab.observe(server, "h2")
        expect(facts, outcome="hello-only", version="0304")
        expect_flags(facts, "says-tls13")
        expect(lab.observe(server, "session"), outcome="proven", version="0304", certificates=[lab.fingerprint("rsa")])
        expect(lab.observe(server, "h5"), outcome="alert")


def gnutls_tls_1_0_with_rc4(lab):
    with lab.gnutls("NONE:+VERS-TLS1.0:+ARCFOUR-128:+SHA1:+RSA:+SIGN-ALL:+COMP-NULL:%VERIFY_ALLOW_BROKEN", "--disable-client-cert") as server:
        expect(lab.observe(server, "h1"), outcome="proven", version="0301", suite="0005")
        expect(lab.observe(server, "h6"), outcome="proven", version="0301", suite="0005")
        expect(lab.observe(server, "session"), outcome="alert")


def gnutls_tls_1_3_only_wants_a_client_certificate(lab):
    with lab.gnutls("NORMAL:-VERS-ALL:+VERS-TLS1.3") as server:
        expect(lab.observe(server, "h1"), outcome=("alert", "closed"))
        facts = lab.observe(server, "session")
        expect(facts, outcome="proven", version="0304")
        expect_flags(facts, "client-certificate-wanted")


OPENSSL = [openssl_tls_1_2_with_rsa, openssl_tls_1_2_with_ecdsa, openssl_tls_1_3_only, openssl_both_versions, openssl_tls_1_0_only, openssl_tls_1_1_only,
           openssl_finite_field_of_1024_bits, openssl_finite_field_of_2048_bits, openssl_static_rsa, openssl_anonymous, openssl_wants_a_client_certificate,
           openssl_chooses_our_protocol, openssl_chain_of_two]
GNUTLS = [gnutls_default, gnutls_tls_1_0_with_rc4, gnutls_tls_1_3_only_wants_a_client_certificate]


def reason_to_skip(test):
    if test in GNUTLS and shutil.which("gnutls-serv") is None:
        return "gnutls-serv is not installed (package gnutls-bin)"
    if test in GNUTLS and os.geteuid() != 0:
        return "gnutls-serv listens on every address; needs root for a network namespace of its own"
    return None


def main():
    tests = OPENSSL + GNUTLS
    failures = 0
    if os.geteuid() == 0:
        namespace.enter()
    print(f"1..{len(tests)}")
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), folder)
        for number, test in enumerate(tests, 1):
            reason = reason_to_skip(test)
            if reason:
                print(f"ok {number} - {test.__name__} # SKIP {reason}", flush=True)
                continue
            try:
                test(lab)
                print(f"ok {number} - {test.__name__}", flush=True)
            except (Failure, RuntimeError, OSError, subprocess.SubprocessError) as error:
                failures += 1
                print(f"not ok {number} - {test.__name__}\n# {error}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
