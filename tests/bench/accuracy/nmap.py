# SPDX-License-Identifier: ISC
"""nmap with its TLS and mail scripts. Without -sV: that finds what speaks there, which it knows by the port here, and costs it half a minute."""
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from datetime import datetime, timezone

from accuracy import suite_words

NAME = "nmap"
SCRIPTS = "ssl-enum-ciphers,ssl-cert,ssl-dh-params,ssl-heartbleed,imap-capabilities,pop3-capabilities"
VERSIONS = {"SSLv3": "SSL 3.0", "TLSv1.0": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}


def is_there():
    return shutil.which("nmap") is not None


def version():
    return subprocess.run(["nmap", "--version"], capture_output=True, text=True).stdout.split()[2]


def commands(service, folder, _):
    """A connect scan with a name that the hosts file has, so that it can send it as SNI."""
    return [["nmap", "-sT", "-Pn", "--script", SCRIPTS, "-p", str(service.port), "-oX", os.path.join(folder, "nmap.xml"), service.name]]


def _elements(node):
    """Key: text, of one table."""
    return {element.get("key"): element.text or "" for element in node.findall("elem")}


def _of_suites(script, found):
    """It says only what is there; what is not is no, as soon as one version was found."""
    versions = {table.get("key"): table for table in script.findall("table")}
    if not versions:
        return
    for word, title in VERSIONS.items():
        found[title] = "yes" if word in versions else "no"
    names, sizes, compressors = [], [], set()
    for word, table in versions.items():
        if word == "TLSv1.3":
            continue
        for suite in table.findall("./table[@key='ciphers']/table"):
            fields = _elements(suite)
            names.append(fields["name"])
            if fields.get("kex_info", "").startswith("dh "):
                sizes.append(int(fields["kex_info"].split()[1]))
        compressors |= {element.text for element in table.findall("./table[@key='compressors']/elem")}
    if names:
        found.update(suite_words.answers(names))
        found["compression"] = "yes" if compressors - {"NULL"} else "no"
    if sizes:
        found["DH size"] = str(min(sizes))


def _of_certificate(script, found, service):
    fields = _elements(script)
    subject, issuer, key, validity = (script.find(f"./table[@key='{name}']") for name in ("subject", "issuer", "pubkey", "validity"))
    if subject is not None:
        found["common name"] = _elements(subject).get("commonName", "")
    if key is not None:
        details = _elements(key)
        found["kind of key"], found["size of key"] = {"rsa": "RSA", "ec": "EC"}.get(details.get("type"), details.get("type")), details.get("bits", "")
    if "sig_algo" in fields:
        found["signature of certificate"] = fields["sig_algo"]
    if subject is not None and issuer is not None:
        found["self-signed"] = "yes" if _elements(subject) == _elements(issuer) else "no"
    if validity is not None:
        ends = datetime.fromisoformat(_elements(validity)["notAfter"][:19]).replace(tzinfo=timezone.utc)
        found["expired"] = "yes" if ends < datetime.now(timezone.utc) else "no"
    names = re.findall(r"DNS:([^,\s]+)", script.get("output", ""))
    if names: # it does not compare, but a reader can
        found["certificate fits the name"] = "matches" if service.name in names else "differs"


def answers(service, folder):
    try:
        root = xml.parse(os.path.join(folder, "nmap.xml")).getroot()
    except (OSError, xml.ParseError):
        return {}
    found = {}
    scripts = {script.get("id"): script for script in root.iter("script")}
    if "ssl-enum-ciphers" in scripts:
        _of_suites(scripts["ssl-enum-ciphers"], found)
    if "ssl-cert" in scripts:
        _of_certificate(scripts["ssl-cert"], found, service)
    if "ssl-dh-params" in scripts:
        said = scripts["ssl-dh-params"].get("output", "")
        if "DH prime" in said or "Modulus Source" in said:
            found["DH prime shared by many"] = "no" if re.search(r"Modulus Source: Unknown", said) else "yes"
    for name in ("imap-capabilities", "pop3-capabilities"):
        if name in scripts and service.starttls:
            said = scripts[name].get("output", "")
            offers = "AUTH=PLAIN" in said or "AUTH=LOGIN" in said if service.starttls == "imap" else "USER" in said or re.search(r"SASL\([^)]*(PLAIN|LOGIN)", said)
            found["login"] = "yes" if offers else "no"
    return found
