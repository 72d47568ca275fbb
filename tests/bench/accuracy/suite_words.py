# SPDX-License-Identifier: ISC
"""What the names of cipher suites say, in IANA's and in OpenSSL's spelling: for tools that list suites instead of judging them."""

TRAITS = {"null": "NULL suites", "anonymous": "anonymous suites", "export": "export suites", "des": "DES", "rc4": "RC4", "3des": "3DES", "cbc": "CBC suites", "aead": "AEAD suites",
          "pfs": "forward secrecy", "static": "static RSA"}
AEAD = ("GCM", "CCM", "CHACHA20", "POLY1305")


def cipher_trait(name):
    """The one word of what protects the data."""
    if "NULL" in name.replace("WITH_NULL_NULL", "NULL"):
        return "null"
    if "EXP" in name or "DES40" in name or "_40_" in name:
        return "export"
    if "RC4" in name:
        return "rc4"
    if "3DES" in name or "DES-CBC3" in name or "EDE" in name:
        return "3des"
    if "DES_CBC" in name or "DES-CBC" in name:
        return "des"
    return "aead" if any(word in name for word in AEAD) else "cbc"


def traits_of(name):
    found = {cipher_trait(name)}
    is_anonymous = "anon" in name or name.startswith(("ADH", "AECDH", "EXP-ADH"))
    if is_anonymous:
        found = {"anonymous"}
    elif name.startswith(("TLS_DHE", "TLS_ECDHE", "DHE-", "ECDHE-", "EXP-EDH", "EDH-", "EXP-DHE")):
        found.add("pfs")
    else:
        found.add("static")
    return found


def answers(names):
    """Facts about suites of TLS 1.2 and older, of a tool that lists all that it found."""
    found = set()
    for name in names:
        found |= traits_of(name)
    return {title: "yes" if word in found else "no" for word, title in TRAITS.items()}
