# SPDX-License-Identifier: ISC
"""Servers whose TLS is old, odd or wrong, one thing each; what is true of them is in truth/hostile.tsv and truth/depth/."""
import ssl

import primes
import suites
from contexts import context, real
from dialogue import NO_TLS, OPTIONAL, REQUIRED
from endpoints import CLEAR, IMAP, INSIDE, SECURED, TLS, first_tls, on, tls_server
from flights import HandMade
from hello import read_client_hello
from hello_retry import prefers_post_quantum
from peer import Gone
from reshaped import take_over
from suites import SSL3, TLS10, TLS12

AT_MOST_12 = {"highest": ssl.TLSVersion.TLSv1_2}
FROM_10 = {"lowest": ssl.TLSVersion.TLSv1}
GOOD = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"


def intolerant(dislikes, **options):
    """Resets the connection at hellos that it dislikes; the others go to OpenSSL."""
    def tls(peer):
        hello, raw = read_client_hello(peer)
        if hello is None:
            raise Gone
        if dislikes(hello):
            peer.reset()
            return None
        return take_over(peer, context(**options), raw)
    return tls


def by_name(without_name):
    """The good certificate for who names a host; else that of another one, or (None) a refusal."""
    return real(certificate=without_name or "good", name_context=lambda name: context() if name else (context(certificate=without_name) if without_name else None))


def preauthenticated(peer):
    peer.send(b"* PREAUTH welcome, you are in already\r\n")
    while peer.line().split(b" ")[-1] != b"LOGOUT": # a session is looked into by CAPABILITY; nobody may say more
        peer.send(b"* BAD only LOGOUT is understood\r\n")
    peer.send(b"* BYE see you\r\n")
    peer.leave()


def refers(peer, _):
    peer.send(b"* OK [REFERRAL imap://other.lab.example/] your mail is elsewhere\r\n")


def greets(imap, pop3):
    def greeting(peer, _):
        peer.send((b"* OK " + imap if peer.port in (143, 993) else b"+OK " + pop3) + b"\r\n")
    return greeting


def product(imap, pop3, tls=TLS):
    greeting = greets(imap, pop3)
    return tls_server(tls, REQUIRED.but(greeting=greeting), INSIDE.but(greeting=greeting))


EVERYTHING = [suites.ECDHE_AES128_GCM, suites.DHE_AES128_GCM, suites.ECDHE_AES128_SHA, suites.DHE_AES128_SHA, suites.RSA_AES128_GCM, suites.RSA_AES128_SHA,
              suites.RSA_3DES_SHA, suites.RSA_RC4_128_SHA, suites.RSA_DES_SHA, suites.RSA_RC4_40_MD5, suites.RSA_DES_40_SHA, suites.DHE_DES_40_SHA,
              suites.ANONYMOUS_AES128_SHA, suites.ANONYMOUS_RC4, suites.RSA_NULL_SHA]
# The same, as far as OpenSSL knows it.
ALL_CIPHERS = ("ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA:AES128-GCM-SHA256:AES128-SHA:ADH-AES128-SHA:NULL-SHA")
TODAY = [suites.ECDHE_AES256_GCM, suites.ECDHE_AES128_GCM]
BY_OPENSSL = {**AT_MOST_12, "ciphers": GOOD}
OF_2005 = HandMade(TLS10, [suites.RSA_AES128_SHA, suites.RSA_3DES_SHA, suites.RSA_RC4_128_SHA], lowest=SSL3,
                   behind={**FROM_10, "highest": ssl.TLSVersion.TLSv1, "ciphers": "AES128-SHA"})

TABLE = {
    "dh1024": tls_server(real(**AT_MOST_12, ciphers="DHE-RSA-AES128-GCM-SHA256", prime=primes.OWN_1024)),
    "pq-capable": tls_server(prefers_post_quantum()),
    "cert-missing-intermediate": tls_server(real(certificate="missing-intermediate")),
    "cert-by-intermediate": tls_server(real(certificate="by-intermediate")),
    "ocsp-stapled": tls_server(real(is_stapled=True)),
    "compression": tls_server(HandMade(TLS12, TODAY, has_compression=True, behind=BY_OPENSSL)),
    "no-renegotiation-info": on(CLEAR, REQUIRED.but(tls=HandMade(TLS12, TODAY, has_renegotiation=False))),
    "heartbeat": tls_server(HandMade(TLS12, TODAY, has_heartbeat=True, behind=BY_OPENSSL)),
    "null-suites": tls_server(real(**AT_MOST_12, ciphers=GOOD + ":NULL-SHA256:NULL-SHA")),
    "anonymous": tls_server(real(**AT_MOST_12, ciphers=GOOD + ":AECDH-AES128-SHA:ADH-AES128-SHA", prime=primes.OWN_1024)),
    "des-only": tls_server(HandMade(TLS10, [suites.RSA_DES_SHA])),
    "3des-accepted": tls_server(HandMade(TLS12, [*TODAY, suites.RSA_AES128_SHA, suites.RSA_3DES_SHA], lowest=TLS10,
                                         behind={**AT_MOST_12, **FROM_10, "ciphers": GOOD + ":AES128-SHA"})),
    "mixture-of-all": tls_server(HandMade(TLS12, EVERYTHING, lowest=SSL3, behind={**AT_MOST_12, **FROM_10, "prime": primes.COMMON_1024, "ciphers": ALL_CIPHERS})),
    "mixture-aead-only": tls_server(real(ciphers=GOOD)),
    "mixture-cbc-only": tls_server(real(**AT_MOST_12, **FROM_10, ciphers="ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA256:AES128-SHA")),
    "mixture-old-versions": tls_server(real(**FROM_10, ciphers="DEFAULT")),
    "no-pfs": tls_server(real(**AT_MOST_12, ciphers="AES256-GCM-SHA384:AES128-SHA")),
    "no-ems": tls_server(real(**AT_MOST_12, has_extended_master_secret=False)),
    "cert-expiring": tls_server(real(certificate="expiring")),
    "cert-no-names": tls_server(real(certificate="no-names")),
    "cert-lifetime": tls_server(real(certificate="lifetime")),
    "cert-ninety-days": tls_server(real(certificate="ninety-days")),
    "placeholder-cert": tls_server(real(certificate="placeholder")),
    "preauth-tls": on((993,), first_tls(preauthenticated)),
    "referral": on(IMAP, REQUIRED.but(tls=TLS, greeting=refers)),
    "version-intolerant": tls_server(intolerant(lambda hello: hello.version > TLS10, lowest=ssl.TLSVersion.TLSv1, highest=ssl.TLSVersion.TLSv1)),
    "extension-intolerant": tls_server(intolerant(lambda hello: hello.extensions, **AT_MOST_12, **FROM_10)),
    "eol-software": product(b"Microsoft Exchange Server 2007 IMAP4 service ready", b"Microsoft Exchange Server 2007 POP3 service ready"),
    "version-disclosed": product(b"mail.lab.example Cyrus IMAP 3.8.4-Debian-3.8.4-1 server ready", b"mail.lab.example Cyrus POP3 3.8.4-Debian-3.8.4-1 server ready"),
    "double-certificate": tls_server(real(second_certificate="good-ecdsa")),
    "sni-other-certificate": tls_server(by_name("other")),
    "sni-needed": tls_server(by_name(None)),
    "groups-p384-only": tls_server(real(groups="P-384")),
    "today": tls_server(real(ciphers="ECDHE+AESGCM:ECDHE+CHACHA20", groups="X25519:P-256:P-384")),
    "plain-and-old": {**on(CLEAR, OPTIONAL.but(tls=OF_2005)), **on(SECURED, first_tls(INSIDE, OF_2005))},
    "cert-untrusted": tls_server(real(certificate="by-stranger")),
    "different-certificates": {**on(CLEAR, REQUIRED.but(tls=TLS)), **on(SECURED, first_tls(INSIDE, real(certificate="other")))},
    "mixed-protection": {110: NO_TLS, 143: REQUIRED.but(tls=TLS)},
    "no-login-inside-tls": on(IMAP, REQUIRED.but(tls=TLS, imap_inside="IMAP4rev1 LOGINDISABLED")),
    "starttls-inside-tls": on(IMAP, REQUIRED.but(tls=TLS, imap_inside="IMAP4rev1 STARTTLS AUTH=PLAIN")),
    "starttls-masked": on(IMAP, NO_TLS.but(imap="IMAP4rev1 XXXXXXXX AUTH=PLAIN")),
}
