# SPDX-License-Identifier: ISC
"""sslscan: fast, and lists suites by name. Its XML is read; what only its text says is read there."""
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml

from accuracy import suite_words

NAME = "sslscan"
VERSIONS = {("ssl", "3"): "SSL 3.0", ("tls", "1.0"): "TLS 1.0", ("tls", "1.1"): "TLS 1.1", ("tls", "1.2"): "TLS 1.2", ("tls", "1.3"): "TLS 1.3"}


def is_there():
    return shutil.which("sslscan") is not None


def version():
    said = subprocess.run(["sslscan", "--version"], capture_output=True, text=True)
    return re.sub(r"\x1b\[[0-9;]*m", "", said.stdout).split()[0]


def commands(service, folder, _):
    starttls = [f"--starttls-{service.starttls}"] if service.starttls else []
    return [["sslscan", "--no-colour", "--show-certificate", "--show-client-cas", "--ocsp", f"--sni-name={service.name}", *starttls, "--xml=" + os.path.join(folder, "sslscan.xml"),
             f"{service.address}:{service.port}"]]


def _of_certificates(test, service):
    found = {}
    shorts = test.findall("./certificates/certificate[@type='short']")
    if not shorts:
        return found
    first = shorts[0]
    text = lambda name: (first.findtext(name) or "").strip() # noqa: E731
    found["common name"] = text("subject")
    found["signature of certificate"] = text("signature-algorithm")
    key = first.find("pk")
    if key is not None:
        found["kind of key"] = {"EC": "EC", "RSA": "RSA"}.get(key.get("type"), key.get("type"))
        if key.get("curve_name"): # beside it, its bits are those of the strength
            found["size of key"] = "".join(re.findall(r"(\d{3})", key.get("curve_name"))[:1])
        elif key.get("bits"):
            found["size of key"] = key.get("bits")
    if text("self-signed"):
        found["self-signed"] = {"true": "yes", "false": "no"}[text("self-signed")]
    if text("expired"):
        found["expired"] = {"true": "yes", "false": "no"}[text("expired")]
    names = [name.strip().removeprefix("DNS:") for name in text("altnames").split(",") if name.strip()]
    if names: # it does not compare, but a reader can
        found["certificate fits the name"] = "matches" if service.name in names else "differs"
    kinds = {short.find("pk").get("type") for short in shorts if short.find("pk") is not None}
    if len(shorts) > 1 and kinds == {"RSA", "EC"}:
        found["second certificate"] = "EC"
    return found


def answers(service, folder):
    try:
        test = xml.parse(os.path.join(folder, "sslscan.xml")).getroot().find("ssltest")
    except (OSError, xml.ParseError):
        return {}
    if test is None:
        return {}
    found = {}
    for protocol in test.findall("protocol"):
        title = VERSIONS.get((protocol.get("type"), protocol.get("version")))
        if title:
            found[title] = "yes" if protocol.get("enabled") == "1" else "no"
    suites = test.findall("cipher")
    old = [suite.get("cipher") for suite in suites if suite.get("sslversion") != "TLSv1.3"]
    if "yes" not in [found.get(title) for title in VERSIONS.values()] and not suites:
        return {} # it did not come to talk to a server at all: its "disabled" everywhere says nothing
    if old:
        found.update(suite_words.answers(old))
    sizes = [suite.get("dhebits") for suite in suites if suite.get("dhebits") and suite.get("sslversion") != "TLSv1.3"]
    if sizes:
        found["DH size"] = min(sizes, key=int)
    preferred = [suite for suite in suites if suite.get("status") == "preferred" and suite.get("sslversion") == "TLSv1.3" and suite.get("curve")]
    if preferred:
        curve = preferred[0].get("curve")
        found["preferred group"] = {"25519": "x25519", "P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}.get(curve, curve)
    renegotiation = test.find("renegotiation")
    if renegotiation is not None and "1" in (renegotiation.get("secure"), renegotiation.get("supported")): # neither: servers of today let nobody renegotiate
        found["secure renegotiation"] = "yes" if renegotiation.get("secure") == "1" else "no"
    compression = test.find("compression")
    if compression is not None:
        found["compression"] = "yes" if compression.get("supported") == "1" else "no"
    found.update(_of_certificates(test, service))
    with open(os.path.join(folder, "said-0.txt"), errors="replace") as file:
        said = file.read()
    if "OCSP Response Status" in said or "OCSP response" in said:
        found["OCSP staple"] = "no" if "no response sent" in said or "No OCSP" in said else "yes"
    return found
