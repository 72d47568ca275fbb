# SPDX-License-Identifier: ISC
"""The services that are asked about, each with its truth as single facts."""
import fnmatch
import os
import sys
import zlib
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lab"))
import truth  # noqa: E402

VERSIONS = {"3.0": "SSL 3.0", "1.0": "TLS 1.0", "1.1": "TLS 1.1", "1.2": "TLS 1.2", "1.3": "TLS 1.3"}
TRAITS = {"null": "NULL suites", "anonymous": "anonymous suites", "export": "export suites", "des": "DES", "rc4": "RC4", "3des": "3DES", "cbc": "CBC suites", "aead": "AEAD suites",
          "pfs": "forward secrecy", "static": "static RSA"}
SINGLE = {"pq": "post-quantum key exchange", "group": "preferred group", "dh-bits": "DH size", "dh-common": "DH prime shared by many", "trust": "certificate trusted (lab's authority)",
          "chain": "chain complete", "name": "certificate fits the name", "cn": "common name", "key": "kind of key", "key-bits": "size of key", "signature": "signature of certificate",
          "expired": "expired", "self-signed": "self-signed", "second-key": "second certificate", "name-matters": "other answer without SNI", "ems": "extended master secret",
          "reneg": "secure renegotiation", "compression": "compression", "heartbeat": "heartbeat", "ocsp": "OCSP staple", "client-certificate": "client certificate asked for",
          "injection": "STARTTLS injection", "version-intolerant": "intolerant of new versions", "extension-intolerant": "intolerant of extensions"}
LOGIN = "login"
FACTS = [*VERSIONS.values(), *TRAITS.values(), *SINGLE.values(), LOGIN]
TITLES = {LOGIN: "login in clear offered"}
STARTTLS = {110: "pop3", 143: "imap"}
USUAL_NAME = "mail.lab.example" # the name that is asked for where the truth says no other
# A few of each kind, for a look within minutes.
QUICK = ["today", "tls10-only", "mixture-of-all", "common-dh1024", "cert-expired", "cert-missing-intermediate", "ocsp-stapled", "injection-at-once"]
# One of each kind of weakness and of each real server, for the table in the documents.
KINDS = ["courier-starttls-and-implicit", "cyrus-optional", "dovecot-optional", "dovecot-tls13", "nginx-starttls-on", "stunnel-stls", "today", "tls10-only", "rc4-only", "dh1024",
         "export-only", "sslv3-only", "tls13-only-own", "pq-capable", "cert-expired", "cert-not-yet-valid", "cert-self-signed", "cert-wrong-name", "cert-missing-intermediate",
         "cert-rsa1024", "cert-md5", "cert-sha1", "chain-of-40-kb", "client-certificate", "ocsp-stapled", "3des-accepted", "compression", "double-certificate", "injection-at-once",
         "mixture-of-all", "no-pfs", "version-intolerant"]


@dataclass(frozen=True)
class Service:
    config: str
    address: str
    port: int
    name: str    # asked for
    truth: tuple # ((fact, value), ...); alternatives are separated by |

    @property
    def starttls(self):
        return STARTTLS.get(self.port)

    @property
    def label(self):
        return f"{self.config}-{self.port}"


def facts_of(row):
    """What is true, fact by fact."""
    depth, found = row.depth, {}
    if "versions" in depth:
        found.update({title: "yes" if word in depth["versions"].split(",") else "no" for word, title in VERSIONS.items()})
    if "traits" in depth:
        found.update({title: "yes" if word in depth["traits"].split(",") else "no" for word, title in TRAITS.items()})
    found.update({title: depth[word] for word, title in SINGLE.items() if word in depth})
    if row.port in STARTTLS and row.facts.get("login") in ("advertised", "denied"):
        found[LOGIN] = {"advertised": "yes", "denied": "no"}[row.facts["login"]]
    return found


def chosen(pattern, is_all, of=None):
    """One service of each configuration (of: only of these), each on one of its ports; or all of them."""
    by_config = {}
    for row in truth.rows():
        if row.depth and fnmatch.fnmatch(row.config, pattern) and (of is None or row.config in of):
            by_config.setdefault(row.config, []).append(row)
    found = []
    for config, rows in by_config.items():
        rows.sort(key=lambda row: row.port)
        for row in rows if is_all else [rows[zlib.crc32(config.encode()) % len(rows)]]: # the same one each time, whatever else there is
            found.append(Service(row.config, row.address, row.port, row.depth.get("asked", USUAL_NAME), tuple(facts_of(row).items())))
    return found
