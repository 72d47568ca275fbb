# SPDX-License-Identifier: ISC
"""testssl.sh: the most thorough of the three. Its flat JSON is read, which has a word for each test."""
import json
import os
import re
import shutil
import subprocess

NAME = "testssl.sh"
VULNERABILITIES = ["--heartbleed", "--renegotiation", "--crime", "--logjam", "--rc4", "--robot"]
VERSIONS = {"SSLv3": "SSL 3.0", "TLS1": "TLS 1.0", "TLS1_1": "TLS 1.1", "TLS1_2": "TLS 1.2", "TLS1_3": "TLS 1.3"}
SUITES = {"cipherlist_NULL": "NULL suites", "cipherlist_aNULL": "anonymous suites", "cipherlist_EXPORT": "export suites", "cipherlist_AVERAGE": "CBC suites",
          "cipherlist_STRONG": "AEAD suites", "PFS": "forward secrecy"}
GROUPS = {"X25519": "x25519", "prime256v1": "secp256r1", "secp384r1": "secp384r1", "secp521r1": "secp521r1", "X448": "x448"}


def _program():
    return shutil.which("testssl") or shutil.which("testssl.sh")


def is_there():
    return _program() is not None


def version():
    said = subprocess.run([_program(), "--version"], capture_output=True, text=True).stdout
    found = re.search(r"testssl\S*\s+(?:version\s+)?([0-9][^\s]*)", re.sub(r"\x1b\[[0-9;]*m", "", said))
    return found.group(1) if found else "?"


def commands(service, folder, options):
    """Protocols, cipher categories, forward secrecy, server defaults, and of the vulnerabilities those that our facts are about: all else would only cost it time."""
    path = os.path.join(folder, "testssl.json")
    if os.path.exists(path):
        os.unlink(path) # it refuses to write over a file
    starttls = ["--starttls", service.starttls] if service.starttls else []
    return [[_program(), "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--openssl-timeout", "5", "--connect-timeout", "5", "--add-ca", options["authority"],
             "--ip", service.address, "-p", "-s", "-f", "-S", *VULNERABILITIES, *starttls, "--jsonfile", path, f"{service.name}:{service.port}"]]


def _offered(word):
    if word.startswith("not offered") or "not offered" in word:
        return "no"
    return "yes" if word.startswith("offered") or "supported" in word else None


def _suites(words, found):
    for key, title in SUITES.items():
        found[title] = _offered(words.get(key, ""))
    if "cipherlist_3DES_IDEA" in words:
        found["3DES"] = _offered(words["cipherlist_3DES_IDEA"])
    if "cipherlist_LOW" in words: # DES, RC2 and RC4 together
        found["DES"] = _offered(words["cipherlist_LOW"])
    if words.get("RC4", "").startswith(("not vulnerable", "VULNERABLE")):
        found["RC4"] = "no" if words["RC4"].startswith("not") else "yes"
        if found["RC4"] == "yes" and found.get("DES") == "yes":
            found["DES"] = None
    if "no RSA key transport" in words.get("ROBOT", ""):
        found["static RSA"] = "no"
    elif words.get("ROBOT", "").startswith(("not vulnerable", "VULNERABLE")):
        found["static RSA"] = "yes"


def _exchange(words, found):
    sizes = [int(size) for key in ("DH_groups", "LOGJAM-common_primes", "LOGJAM") for size in re.findall(r"(\d{3,5}) bit", words.get(key, ""))]
    if sizes:
        found["DH size"] = str(min(sizes))
    common = words.get("LOGJAM-common_primes", "")
    if sizes and common:
        found["DH prime shared by many"] = "no" if "no" in common.lower().split() or "unknown" in common.lower() else "yes"
    curves = [GROUPS.get(curve, curve) for curve in words.get("PFS_ECDHE_curves", "").split()]
    if len(curves) == 1: # it says which there are, not which one is taken first
        found["preferred group"] = curves[0]


def _extensions(words, found):
    names = words.get("TLS_extensions", "")
    if names:
        found["extended master secret"] = "yes" if "extended master secret" in names else "no"
        found["heartbeat"] = "yes" if "heartbeat" in names else "no"
    if "no heartbeat extension" in words.get("heartbleed", ""):
        found["heartbeat"] = "no"
    renegotiation = words.get("secure_renego", "")
    if renegotiation:
        found["secure renegotiation"] = "yes" if renegotiation == "supported" else ("no" if "VULNERABLE" in renegotiation or "not supported" in renegotiation else None)
    if words.get("CRIME_TLS", "").startswith(("not vulnerable", "VULNERABLE")):
        found["compression"] = "no" if words["CRIME_TLS"].startswith("not") else "yes"
    elif "VULNERABLE" in words.get("CRIME_TLS", ""):
        found["compression"] = "yes"
    staple = words.get("OCSP_stapling", "")
    if staple:
        found["OCSP staple"] = _offered(staple)
    if "clientAuth" in words:
        found["client certificate asked for"] = "no" if words["clientAuth"].startswith("none") else "yes"


def _certificate(words, found):
    key = re.match(r"(\S+) (\d+) bits", words.get("cert_keySize", ""))
    if key:
        found["kind of key"], found["size of key"] = {"EC": "EC", "ECDSA": "EC"}.get(key.group(1), key.group(1)), key.group(2)
    if "cert_commonName" in words:
        found["common name"] = words["cert_commonName"]
    if "cert_signatureAlgorithm" in words:
        found["signature of certificate"] = words["cert_signatureAlgorithm"]
    if "cert_expirationStatus" in words:
        found["expired"] = "yes" if "expired" in words["cert_expirationStatus"] else "no"
    chain = words.get("cert_chain_of_trust", "")
    if chain:
        found["certificate trusted (lab's authority)"] = "good" if chain.startswith("passed") else "none"
        found["self-signed"] = "yes" if "self signed" in chain and "chain" not in chain.replace("chain of trust", "") else "no"
        found["chain complete"] = "incomplete" if "incomplete" in chain else ("good" if chain.startswith("passed") else None)
    trust = words.get("cert_trust", "")
    if trust:
        found["certificate fits the name"] = "matches" if trust.startswith("Ok") else "differs"
    without = words.get("cert_commonName_wo_SNI", "")
    if without and "cert_commonName" in words:
        found["other answer without SNI"] = "no" if without == words["cert_commonName"] else "yes"


def answers(_, folder):
    try:
        with open(os.path.join(folder, "testssl.json"), errors="replace") as file:
            text = file.read()
        entries = json.loads(text if text.rstrip().endswith("]") else text.rstrip().rstrip(",") + "]") # when it was cut off
    except (OSError, ValueError):
        return {}
    words, seconds, found = {}, [], {}
    for entry in entries:
        name = entry["id"]
        if " <cert#" in name: # several certificates
            if name.split(" ")[0] == "cert_keySize":
                seconds.append(entry["finding"])
            name = name.split(" ")[0]
        words.setdefault(name, entry["finding"])
    if not any(key in words for key in VERSIONS):
        return {}
    for key, title in VERSIONS.items():
        found[title] = _offered(words.get(key, ""))
    _suites(words, found)
    _exchange(words, found)
    _extensions(words, found)
    _certificate(words, found)
    if len({each.split()[0] for each in seconds}) > 1:
        found["second certificate"] = "EC"
    return {fact: value for fact, value in found.items() if value is not None}
