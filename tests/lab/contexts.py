# SPDX-License-Identifier: ISC
"""TLS contexts of the hostile servers, made when first needed, and the list of what a census may say to them."""
import functools
import os
import re
import ssl
import threading
import warnings

import certificates
import library
import places
import primes

FORBIDDEN = os.path.join(places.LOGS, "forbidden.log") # every line that no census may say; a test of a census wants it empty
# Rules K-1, K-9 and P-7: all that a census may ever send in clear or inside TLS.
ALLOWED = re.compile(rb'CAPA|AUTH|STLS|QUIT|m1 CAPABILITY|m2 ID \([ -~]*\)|m4 STARTTLS|m5 CAPABILITY|m9 LOGOUT')
# What a look says beyond that, only where it was asked for: a test names these wishes, and no test has them by default.
WISHES = {
    "identity": re.compile(rb'm2 ID NIL'),                                                   # full depth: rule I-13
    "injection": re.compile(rb'mc[A-Za-z]{6} NOOP|m6 NOOP'),                                 # full depth: rules J-2, J-5
    "confirm": re.compile(rb'm3 AUTHENTICATE (?:PLAIN|LOGIN)|AUTH (?:PLAIN|LOGIN)|\*'),       # --confirm-login: rules K-3, K-4
}
NO_EXTENDED_MASTER_SECRET = 1 # OpenSSL's SSL_OP_NO_EXTENDED_MASTER_SECRET, which Python does not name
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


def _write_chain(certificate, copies):
    path = os.path.join(places.CERTIFICATES, f"{certificate}-{copies}.chain")
    mine = f"{path}.{threading.get_ident()}" # several servers may need it at once, and none may read a half of it
    with open(mine, "w") as file:
        file.write(certificates.chain(certificate) + certificates.read(certificates.certificate_of("authority")) * copies)
    os.rename(mine, path)
    return path


@functools.lru_cache(None)
def context(certificate="good", lowest=ssl.TLSVersion.TLSv1_2, highest=ssl.TLSVersion.TLSv1_3, ciphers="DEFAULT", wants_client_certificate=False,
            prime=None, extra_certificates=0, second_certificate=None, groups=None, is_stapled=False, has_extended_master_secret=True, name_context=None):
    """name_context: a function of the name in the client's hello (or None), which gives the context to go on with, or None to refuse."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(ciphers + ":@SECLEVEL=0") # else OpenSSL would not load what a hostile server shows
    made.minimum_version, made.maximum_version = lowest, highest
    for name in filter(None, (certificate, second_certificate)):
        made.load_cert_chain(_write_chain(name, extra_certificates), certificates.key_of(name))
    if wants_client_certificate:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(certificates.certificate_of("authority"))
    if prime is not None:
        made.load_dh_params(primes.write_parameters(prime))
    if groups is not None:
        library.take_groups(made, groups)
    if is_stapled:
        with open(certificates.staple_of(certificate), "rb") as file:
            library.staple(made, file.read())
    if not has_extended_master_secret:
        made.options |= NO_EXTENDED_MASTER_SECRET
    if name_context is not None:
        made.sni_callback = _by_name(name_context)
    return made


def _by_name(name_context):
    def choose(connection, name, _):
        chosen = name_context(name)
        if chosen is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = chosen
        return None
    return choose


def real(**options):
    """A function for Mail.tls: a whole TLS server by OpenSSL."""
    return lambda peer: peer.secure(context(**options))
