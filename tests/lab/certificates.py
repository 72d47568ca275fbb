# SPDX-License-Identifier: ISC
"""The certificates of the lab, made with openssl when they are missing. None is trusted by anything but who is told to trust the lab's authority."""
import os
import subprocess
import time
from dataclasses import dataclass

import places

CONFIG = """
[ca]
default_ca = lab
[lab]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}/issued
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
{names}
[req]
distinguished_name = name
prompt = no
[name]
{subject}
"""

VALID = ("20250101000000Z", "20490101000000Z")
DAY_S = 86400


@dataclass(frozen=True)
class Certificate:
    common_name: str
    key: str = "rsa:2048"
    digest: str = "sha256"
    valid: tuple = VALID          # first and last moment; numbers are days from now
    issuer: str = "authority"     # None: itself
    is_authority: bool = False
    has_names: bool = True        # subjectAltName
    subject: tuple = ()           # lines beside the common name
    is_sent_alone: bool = False   # without what certifies it


COURIER = ("countryName = US", "stateOrProvinceName = NY", "localityName = New York", "organizationName = Courier Mail Server",
           "organizationalUnitName = Automatically-generated IMAP SSL key", "emailAddress = postmaster@example.com")
CERTIFICATES = {
    "authority": Certificate("mailcensus lab authority", issuer=None, is_authority=True),
    "good": Certificate("mail.lab.example"),
    "self-signed": Certificate("mail.lab.example", issuer=None),
    "other": Certificate("other.lab.example"),
    "expired": Certificate("expired.lab.example", valid=("20150101000000Z", "20160101000000Z")),
    "not-yet-valid": Certificate("future.lab.example", valid=("20480101000000Z", "20490101000000Z")),
    "wrong-name": Certificate("www.elsewhere.example"),
    "rsa-1024": Certificate("rsa1024.lab.example", key="rsa:1024"),
    "rsa-512": Certificate("rsa512.lab.example", key="rsa:512"),
    "md5": Certificate("md5.lab.example", digest="md5"),
    "sha1": Certificate("sha1.lab.example", digest="sha1"),
    "ecdsa": Certificate("ecdsa.lab.example", key="ec:prime256v1"),
    "good-ecdsa": Certificate("mail.lab.example", key="ec:prime256v1"),
    "intermediate": Certificate("mailcensus lab intermediate", is_authority=True),
    "by-intermediate": Certificate("chained.lab.example", issuer="intermediate"),
    "missing-intermediate": Certificate("incomplete.lab.example", issuer="intermediate", is_sent_alone=True),
    "expiring": Certificate("expiring.lab.example", valid=(-85, 5)),
    "no-names": Certificate("nameless.lab.example", has_names=False),
    "lifetime": Certificate("lifetime.lab.example", valid=("20250901000000Z", "20280901000000Z")),
    "ninety-days": Certificate("fresh.lab.example", valid=(-10, 80)),
    "stranger": Certificate("an authority that nobody trusts", issuer=None, is_authority=True),
    "by-stranger": Certificate("mail.lab.example", issuer="stranger"),
    "placeholder": Certificate("localhost", issuer=None, has_names=False, subject=COURIER),
}


def certificate_of(name):
    return os.path.join(places.CERTIFICATES, name + ".crt")


def key_of(name):
    return os.path.join(places.CERTIFICATES, name + ".key")


def staple_of(name):
    """A signed OCSP response about it, in DER."""
    return os.path.join(places.CERTIFICATES, name + ".ocsp")


def _openssl(*arguments):
    answer = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if answer.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {answer.stderr.strip()}")


def _make_key(kind, path):
    family, detail = kind.split(":")
    option = f"rsa_keygen_bits:{detail}" if family == "rsa" else f"ec_paramgen_curve:{detail}"
    _openssl("genpkey", "-quiet", "-algorithm", family.upper(), "-pkeyopt", option, "-out", path)


def _moment(when):
    return when if isinstance(when, str) else time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + when * DAY_S))


def _is_there(name):
    """Those that live by the day are made anew each day."""
    path = certificate_of(name)
    if not os.path.exists(path):
        return False
    return isinstance(CERTIFICATES[name].valid[1], str) or time.time() - os.path.getmtime(path) < DAY_S / 2


def _make(name):
    made = CERTIFICATES[name]
    folder = places.CERTIFICATES
    config, request, unfinished = (os.path.join(folder, f"{name}.{end}") for end in ("cnf", "csr", "new"))
    names = "subjectAltName = DNS:" + (made.common_name if "." in made.common_name else "lab.example")
    with open(config, "w") as file:
        file.write(CONFIG.format(folder=folder, names=names if made.has_names else "", subject="\n".join((*made.subject, "commonName = " + made.common_name))))
    if not os.path.exists(key_of(name)):
        _make_key(made.key, key_of(name))
    _openssl("req", "-new", "-config", config, "-key", key_of(name), "-sha256", "-out", request)
    signer = ["-selfsign", "-keyfile", key_of(name)] if made.issuer is None else ["-cert", certificate_of(made.issuer), "-keyfile", key_of(made.issuer)]
    _openssl("ca", "-batch", "-notext", "-config", config, "-md", made.digest, "-startdate", _moment(made.valid[0]), "-enddate", _moment(made.valid[1]), "-rand_serial",
             "-extensions", "authority" if made.is_authority else "leaf", "-in", request, "-out", unfinished, *signer)
    os.rename(unfinished, certificate_of(name)) # last: what is there is whole


def _make_staple(name):
    path = staple_of(name)
    if os.path.exists(path) and time.time() - os.path.getmtime(path) < DAY_S / 2 and os.path.getmtime(path) >= os.path.getmtime(certificate_of(name)):
        return
    issuer = CERTIFICATES[name].issuer
    _openssl("ocsp", "-index", os.path.join(places.CERTIFICATES, "index.txt"), "-CA", certificate_of(issuer), "-rsigner", certificate_of(issuer), "-rkey", key_of(issuer),
             "-issuer", certificate_of(issuer), "-cert", certificate_of(name), "-ndays", "7", "-respout", path + ".new")
    os.rename(path + ".new", path)


def make_all():
    os.makedirs(os.path.join(places.CERTIFICATES, "issued"), exist_ok=True)
    index = os.path.join(places.CERTIFICATES, "index.txt")
    if not os.path.exists(index):
        open(index, "w").close()
    for name in CERTIFICATES:
        if not _is_there(name):
            _make(name)
    _make_staple("good")


def read(path):
    with open(path) as file:
        return file.read()


def chain(name):
    """The certificate of this name and those that certify it, up to the lab's authority, as servers send it."""
    made, text = CERTIFICATES[name], read(certificate_of(name))
    return text if made.issuer is None or made.is_sent_alone else text + chain(made.issuer)
