# SPDX-License-Identifier: ISC
"""TLS contexts of the hostile servers, made when first needed, and the list of what a census may say to them."""
import base64
import functools
import os
import re
import ssl
import threading
import warnings

import certificates
import places

FORBIDDEN = os.path.join(places.LOGS, "forbidden.log") # every line that no census may say; a test of a census wants it empty
# Rules K-1, K-9 and P-7: all that a census may ever send in clear or inside TLS.
ALLOWED = re.compile(rb'CAPA|AUTH|STLS|QUIT|m1 CAPABILITY|m2 ID \([ -~]*\)|m4 STARTTLS|m5 CAPABILITY|m9 LOGOUT')
# What a look says beyond that, only where it was asked for: a test names these wishes, and no test has them by default.
WISHES = {
    "identity": re.compile(rb'm2 ID NIL'),                                                   # full depth: rule I-13
    "injection": re.compile(rb'mc[A-Za-z]{6} NOOP|m6 NOOP'),                                 # full depth: rules J-2, J-5
    "confirm": re.compile(rb'm3 AUTHENTICATE (?:PLAIN|LOGIN)|AUTH (?:PLAIN|LOGIN)|\*'),       # --confirm-login: rules K-3, K-4
}
# RFC 2409's second group: 1024 bits.
OAKLEY_2 = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
               "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)
_lock = threading.Lock()

warnings.filterwarnings("ignore", category=DeprecationWarning) # old versions are the point here


def is_allowed(line, *wishes):
    return any(pattern.fullmatch(line) for pattern in (ALLOWED, *(WISHES[wish] for wish in wishes)))


def check_allowed(line):
    """By the strict list: the servers do not know what was wished for. Who reads the log does."""
    if is_allowed(line):
        return
    with _lock, open(FORBIDDEN, "ab") as file:
        file.write(line[:200] + b"\n")


def heard(*wishes):
    """What the hostile servers heard that is not allowed by these wishes, as lines."""
    with open(FORBIDDEN, "rb") as file:
        return [line for line in file.read().splitlines() if not is_allowed(line, *wishes)]


def _dh_parameters():
    prime, generator = b"\x00" + OAKLEY_2.to_bytes(128, "big"), b"\x02"
    body = b"\x02\x81" + bytes([len(prime)]) + prime + b"\x02\x01" + generator
    text = base64.encodebytes(b"\x30\x81" + bytes([len(body)]) + body).decode()
    path = os.path.join(places.CERTIFICATES, "dh1024.pem")
    with open(path, "w") as file:
        file.write(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")
    return path


def _write_chain(certificate, copies):
    path = os.path.join(places.CERTIFICATES, f"{certificate}-{copies}.chain")
    with open(path, "w") as file:
        file.write(certificates.chain(certificate) + certificates.read(certificates.certificate_of("authority")) * copies)
    return path


@functools.lru_cache(None)
def context(certificate="good", lowest=ssl.TLSVersion.TLSv1_2, highest=ssl.TLSVersion.TLSv1_3, ciphers="DEFAULT", wants_client_certificate=False,
            has_dh_1024=False, extra_certificates=0):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(ciphers + ":@SECLEVEL=0") # else OpenSSL would not load what a hostile server shows
    made.minimum_version, made.maximum_version = lowest, highest
    made.load_cert_chain(_write_chain(certificate, extra_certificates), certificates.key_of(certificate))
    if wants_client_certificate:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(certificates.certificate_of("authority"))
    if has_dh_1024:
        made.load_dh_params(_dh_parameters())
    return made


def real(**options):
    """A function for Mail.tls: a whole TLS server by OpenSSL."""
    return lambda peer: peer.secure(context(**options))
