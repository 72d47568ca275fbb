# SPDX-License-Identifier: ISC
"""The certificates of the lab, made with openssl when they are missing. None is trusted by anything."""
import os
import subprocess

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
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
subjectAltName = {names}
[req]
distinguished_name = name
prompt = no
[name]
commonName = {common_name}
"""

# Name: common name, key, message digest, first and last moment of validity, who signs it (None: itself).
VALID = ("20250101000000Z", "20490101000000Z")
CERTIFICATES = {
    "authority": ("mailcensus lab authority", "rsa:2048", "sha256", *VALID, None),
    "good": ("mail.lab.example", "rsa:2048", "sha256", *VALID, "authority"),
    "self-signed": ("mail.lab.example", "rsa:2048", "sha256", *VALID, None),
    "other": ("other.lab.example", "rsa:2048", "sha256", *VALID, "authority"),
    "expired": ("expired.lab.example", "rsa:2048", "sha256", "20150101000000Z", "20160101000000Z", "authority"),
    "not-yet-valid": ("future.lab.example", "rsa:2048", "sha256", "20480101000000Z", "20490101000000Z", "authority"),
    "wrong-name": ("www.elsewhere.example", "rsa:2048", "sha256", *VALID, "authority"),
    "rsa-1024": ("rsa1024.lab.example", "rsa:1024", "sha256", *VALID, "authority"),
    "rsa-512": ("rsa512.lab.example", "rsa:512", "sha256", *VALID, "authority"),
    "md5": ("md5.lab.example", "rsa:2048", "md5", *VALID, "authority"),
    "sha1": ("sha1.lab.example", "rsa:2048", "sha1", *VALID, "authority"),
    "ecdsa": ("ecdsa.lab.example", "ec:prime256v1", "sha256", *VALID, "authority"),
}


def certificate_of(name):
    return os.path.join(places.CERTIFICATES, name + ".crt")


def key_of(name):
    return os.path.join(places.CERTIFICATES, name + ".key")


def _openssl(*arguments):
    answer = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if answer.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {answer.stderr.strip()}")


def _make_key(kind, path):
    family, detail = kind.split(":")
    option = f"rsa_keygen_bits:{detail}" if family == "rsa" else f"ec_paramgen_curve:{detail}"
    _openssl("genpkey", "-quiet", "-algorithm", family.upper(), "-pkeyopt", option, "-out", path)


def _make(name):
    common_name, key, digest, begins, ends, issuer = CERTIFICATES[name]
    folder = places.CERTIFICATES
    config, request, unfinished = (os.path.join(folder, f"{name}.{end}") for end in ("cnf", "csr", "new"))
    with open(config, "w") as file:
        names = "DNS:" + common_name if "." in common_name else "DNS:lab.example"
        file.write(CONFIG.format(folder=folder, common_name=common_name, names=names))
    _make_key(key, key_of(name))
    _openssl("req", "-new", "-config", config, "-key", key_of(name), "-sha256", "-out", request)
    signer = ["-selfsign", "-keyfile", key_of(name)] if issuer is None else ["-cert", certificate_of(issuer), "-keyfile", key_of(issuer)]
    _openssl("ca", "-batch", "-notext", "-config", config, "-md", digest, "-startdate", begins, "-enddate", ends, "-rand_serial",
             "-extensions", "authority" if name == "authority" else "leaf", "-in", request, "-out", unfinished, *signer)
    os.rename(unfinished, certificate_of(name)) # last: what is there is whole


def make_all():
    os.makedirs(os.path.join(places.CERTIFICATES, "issued"), exist_ok=True)
    index = os.path.join(places.CERTIFICATES, "index.txt")
    if not os.path.exists(index):
        open(index, "w").close()
    for name in CERTIFICATES:
        if not os.path.exists(certificate_of(name)):
            _make(name)


def read(path):
    with open(path) as file:
        return file.read()


def chain(name):
    """The certificate of this name and who signed it."""
    issuer = CERTIFICATES[name][5]
    return read(certificate_of(name)) + (read(certificate_of(issuer)) if issuer else "")
