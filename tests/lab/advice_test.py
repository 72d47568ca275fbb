#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Is our advice right? Starts real servers with a fault, applies what `mailcensus advice` prints, restarts, and looks again: the fault has to be gone.

Everything happens in a network of its own, which has nothing but loopback, so that the printed lines hold as they are: ports on all
addresses, 127.0.0.1 for what is behind. Each product has a copy of its own /etc, so that the printed paths hold too. Products are tested side by
side, each in namespaces of its own: most of the time goes into waiting for servers.
"""
import argparse
import asyncio
import ctypes
import dataclasses
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import certificates  # noqa: E402
import install  # noqa: E402
import lab  # noqa: E402
import lab_test  # noqa: E402
import places  # noqa: E402
import servers  # noqa: E402
import supervisor  # noqa: E402
from servers.model import Process, Server  # noqa: E402

PR_SET_PDEATHSIG = 1
CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
HOST = "mail.lab.example"
CLIENT = "127.0.3.1"
UP_WITHIN_S = 30
CHECK_WITHIN_S = 120
CLEAR, SECURED = {110: "pop3", 143: "imap"}, {993: "imap", 995: "pop3"}
UNITS = {"courier-imap": 143, "courier-pop": 110, "courier-imap-ssl": 993, "courier-pop-ssl": 995}
# Commands of the advice that are for a whole machine: systemd, the package manager, certbot, the firewall, and checks of a syntax.
NOT_HERE = ("systemctl", "apt-get", "certbot", "nft", "doveconf", "imap4d --config-lint", "pop3d --config-lint", "openssl version", "haproxy -c", "nginx -t")


@dataclasses.dataclass
class Case:
    """One fault of one product. What is seen before and after: port: verdict, or (port, fact): its value."""
    product: str
    finding: str
    software: str
    server: Server
    before: dict
    after: dict

    @property
    def name(self):
        return f"{self.software} {self.finding}"


def everywhere(value, ports=(110, 143, 993, 995)):
    return {port: value for port in ports}


def facts(name, value, ports=(110, 143, 993, 995)):
    return {(port, name): value for port in ports}


REQUIRED = {110: "tls-required", 143: "tls-required"}
OPTIONAL = {110: "login-before-tls", 143: "login-before-tls"}
NO_TLS = {110: "no-tls", 143: "no-tls"}
IMPLICIT = {993: "implicit-tls", 995: "implicit-tls"}
NEW_CERTIFICATE = {**facts("expired", "no"), **facts("cn", HOST)}


def rows_of_lab():
    """The configurations of the lab that have a fault, by name."""
    return {server.name: server for server, _ in servers.all_servers()}


# Perdition lists USER although it refuses it (rule X-5), so that of its POP3 it cannot be told from outside that logins are refused; the look at its verdicts is what tells.
ABSENT = {"perdition": (0, 3)}


def variant(server, name, **options):
    return dataclasses.replace(server, name=name, options={**server.options, **options})


def dovecot_cases(rows):
    optional, required = rows["dovecot-optional"], rows["dovecot-required"]
    old = variant(required, "dovecot-tls10", versions="1.0")
    no_implicit = variant(dataclasses.replace(required, secured=()), "dovecot-no-implicit", imaps=0, pop3s=0)
    clear_993 = variant(optional, "dovecot-clear-993", secured_ssl="no")
    return [Case("dovecot", finding, "dovecot-2.3", server, before, after) for finding, server, before, after in (
        ("no-tls", rows["dovecot-no-tls"], NO_TLS, {**REQUIRED, **IMPLICIT}),
        ("dead-port", rows["dovecot-no-tls-no-plaintext"], {110: "dead-port", 143: "dead-port"}, {**REQUIRED, **IMPLICIT}),
        ("tls-optional", optional, OPTIONAL, REQUIRED),
        ("tls-obsolete-only", rows["dovecot-old-tls"], everywhere("legacy-tls-only"), {**REQUIRED, **IMPLICIT, **facts("tls1.3", "yes"), **facts("tls1.1", "no")}),
        ("tls-obsolete-enabled", old, facts("tls1.1", "yes"), {**REQUIRED, **facts("tls1.1", "no"), **facts("cbc", "no")}),
        ("cert-expired", rows["dovecot-expired"], facts("expired", "yes"), {**REQUIRED, **IMPLICIT, **NEW_CERTIFICATE}),
        ("implicit-broken", rows["dovecot-mismatch"], everywhere("implicit-broken", (993, 995)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("starttls-broken", rows["dovecot-unreadable-certificate"], everywhere("starttls-broken", (110, 143)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("host-implicit-absent", no_implicit, {**REQUIRED, 993: "closed", 995: "closed"}, {**REQUIRED, **IMPLICIT}),
        ("plaintext-on-tls-port", clear_993, {(993, "first"): "greeting", (995, "first"): "greeting"}, IMPLICIT),
        ("host-plain-open", required, REQUIRED, {110: "closed", 143: "closed", **IMPLICIT}),
    )]


def courier_cases(rows):
    good = rows["courier-starttls-and-implicit"]
    return [Case("courier", finding, "courier", server, before, after) for finding, server, before, after in (
        ("no-tls", rows["courier-no-tls"], NO_TLS, REQUIRED),
        ("tls-optional", good, OPTIONAL, {**REQUIRED, **IMPLICIT}),
        ("tls-obsolete-only", rows["courier-old-tls"], everywhere("legacy-tls-only"), {**OPTIONAL, **IMPLICIT, **facts("tls1.3", "yes"), **facts("tls1.1", "no")}),
        ("tls-obsolete-enabled", good, facts("tls1.1", "yes"), {**OPTIONAL, **facts("tls1.1", "no"), **facts("cbc", "no")}),
        ("cert-expired", rows["courier-expired"], facts("expired", "yes"), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("implicit-broken", rows["courier-mismatch"], everywhere("implicit-broken", (993, 995)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("starttls-broken", rows["courier-no-certificate"], everywhere("starttls-broken", (110, 143)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("host-implicit-absent", rows["courier-starttls-only"], {**OPTIONAL, 993: "closed", 995: "closed"}, {**OPTIONAL, **IMPLICIT}),
        ("starttls-injection", good, {(110, "injection"): "yes", (143, "injection"): "no"}, {110: "closed", **IMPLICIT}),
        ("host-plain-open", rows["courier-tls-required"], REQUIRED, {110: "closed", 143: "closed", **IMPLICIT}),
    )]


def cyrus_cases(rows):
    good = rows["cyrus-required"]
    old = variant(good, "cyrus-tls10", more="tls_versions: tls1_0 tls1_1 tls1_2\ntls_ciphers: ALL:@SECLEVEL=0\n")
    no_implicit = variant(dataclasses.replace(good, secured=()), "cyrus-no-implicit")
    shut = variant(good, "cyrus-no-apop", more="allowapop: no\n") # else APOP is offered before TLS, and the ports are not without need
    return [Case("cyrus", finding, "cyrus", server, before, after) for finding, server, before, after in (
        ("no-tls", rows["cyrus-no-tls"], NO_TLS, REQUIRED),
        ("tls-optional", rows["cyrus-optional"], OPTIONAL, {**REQUIRED, **IMPLICIT}),
        ("tls-optional-hashed", good, {(110, "login"): "hashed-only"}, {**REQUIRED, (110, "login"): "denied"}),
        ("tls-obsolete-only", rows["cyrus-old-tls"], everywhere("legacy-tls-only"), {**REQUIRED, **IMPLICIT, **facts("tls1.3", "yes"), **facts("tls1.1", "no")}),
        ("tls-obsolete-enabled", old, facts("tls1.1", "yes"), {**REQUIRED, **facts("tls1.1", "no"), **facts("cbc", "no")}),
        ("cert-expired", rows["cyrus-expired"], facts("expired", "yes"), {**REQUIRED, **IMPLICIT, **NEW_CERTIFICATE}),
        ("implicit-broken", rows["cyrus-mismatch"], everywhere("implicit-broken", (993, 995)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("starttls-broken", rows["cyrus-no-certificate"], everywhere("starttls-refused", (110, 143)), {**OPTIONAL, **IMPLICIT, **NEW_CERTIFICATE}),
        ("host-implicit-absent", no_implicit, {**REQUIRED, 993: "closed", 995: "closed"}, {**REQUIRED, **IMPLICIT}),
        ("host-plain-open", shut, REQUIRED, {110: "closed", 143: "closed", **IMPLICIT}),
        ("version-disclosed", good, {(143, "says"): "3.6", (110, "says"): "3.6"}, {(143, "says"): "", (110, "says"): ""}),
    )]


def mailutils_cases(rows):
    return [Case("mailutils", finding, "mailutils", server, before, after) for finding, server, before, after in (
        ("no-tls", rows["mailutils-no-tls"], NO_TLS, REQUIRED),
        ("tls-optional", rows["mailutils-on-demand"], OPTIONAL, REQUIRED),
        ("cert-expired", rows["mailutils-expired"], facts("expired", "yes", (110, 143)), {**REQUIRED, **facts("expired", "no", (110, 143))}),
        ("tls-obsolete-only", rows["mailutils-old-tls"], everywhere("legacy-tls-only", (110, 143)), {**REQUIRED, **facts("tls1.1", "no", (110, 143))}),
        ("host-implicit-absent", rows["mailutils-required"], {**REQUIRED, 993: "closed", 995: "closed"}, IMPLICIT),
    )]


STUNNEL = """foreground = yes
cert = /etc/old.crt
key = /etc/old.key
{more}
[pop3s]
accept = 995
connect = 127.0.0.1:110
"""


def stunnel_cases(rows):
    popa3d = rows["popa3d"]
    on_995 = variant(dataclasses.replace(popa3d, clear=(110, 995)), "popa3d-995")

    def behind(name, certificate="good", more="sslVersionMin = TLSv1.2"):
        return Server(name, "stunnel", popa3d.address, (), (995,), {"certificate": certificate, "more": more})
    return [Case("stunnel", finding, software, server, before, after) for finding, software, server, before, after in (
        ("no-tls", "without-tls", popa3d, {110: "no-tls", 995: "closed"}, {110: "closed", 995: "implicit-tls", (995, "tls1.1"): "no"}),
        ("plaintext-on-tls-port", "without-tls", on_995, {(995, "first"): "greeting"}, {110: "closed", 995: "implicit-tls"}),
        ("plaintext-on-tls-port", "stunnel", on_995, {(995, "first"): "greeting"}, {110: "closed", 995: "implicit-tls"}),
        ("cert-expired", "stunnel", behind("stunnel-expired", "expired"), {(995, "expired"): "yes"}, {995: "implicit-tls", (995, "expired"): "no", (995, "cn"): HOST}),
        ("tls-obsolete-enabled", "stunnel", behind("stunnel-tls10", more="sslVersionMin = TLSv1\nciphers = ALL:@SECLEVEL=0"),
         {(995, "tls1.1"): "yes"}, {995: "implicit-tls", (995, "tls1.1"): "no", (995, "cbc"): "no"}),
        ("tls-obsolete-only", "stunnel", behind("stunnel-tls11", more="sslVersionMin = TLSv1\nsslVersionMax = TLSv1.1\nciphers = ALL:@SECLEVEL=0"),
         {995: "legacy-tls-only"}, {995: "implicit-tls", (995, "tls1.3"): "yes", (995, "tls1.1"): "no"}),
    )]


HAPROXY = """global
    maxconn 100
"""

NGINX = """load_module modules/ngx_mail_module.so;
user nobody nogroup;
pid /run/nginx.pid;
daemon off;
events {{
}}
mail {{
auth_http 127.0.0.1:9000/auth;
{settings}
{servers}
}}
"""

PERDITION = """{settings}
outgoing_server 127.0.0.9
no_lookup
"""


def haproxy_cases(rows):
    return [Case("haproxy", "no-tls", "without-tls", rows["popa3d"], {110: "no-tls", 995: "closed"}, {110: "closed", 995: "implicit-tls", (995, "tls1.1"): "no", (995, "tls1.3"): "yes"})]


def nginx_cases():
    def server(name, settings, clear=(110, 143), secured=(993, 995), certificate="good"):
        return Server(f"nginx-{name}", "nginx", "127.10.0.120", clear, secured, {"settings": settings, "certificate": certificate})
    tls = "ssl_certificate /etc/old.crt;\nssl_certificate_key /etc/old.key;\n"
    old = tls + "ssl_protocols TLSv1 TLSv1.1 {};\nssl_ciphers ALL:@SECLEVEL=0;\nstarttls only;"
    return [Case("nginx", finding, "nginx", server, before, after) for finding, server, before, after in (
        ("no-tls", server("no-tls", "starttls off;", secured=()), NO_TLS, REQUIRED),
        ("tls-optional", server("optional", tls + "starttls on;"), OPTIONAL, {**REQUIRED, **IMPLICIT}),
        ("cert-expired", server("expired", tls + "starttls only;", certificate="expired"), facts("expired", "yes"), {**REQUIRED, **IMPLICIT, **NEW_CERTIFICATE}),
        ("tls-obsolete-only", server("tls11", old.format("")), everywhere("legacy-tls-only"), {**REQUIRED, **IMPLICIT, **facts("tls1.3", "yes"), **facts("tls1.1", "no")}),
        ("tls-obsolete-enabled", server("tls10", old.format("TLSv1.2")), facts("tls1.1", "yes"), {**REQUIRED, **facts("tls1.1", "no"), **facts("cbc", "no")}),
        ("host-implicit-absent", server("no-implicit", tls + "starttls only;", secured=()), {**REQUIRED, 993: "closed"}, {**REQUIRED, **IMPLICIT}),
    )]


def perdition_cases():
    def server(name, settings, secured=(), certificate="good"):
        return Server(f"perdition-{name}", "perdition", "127.10.0.130", (110, 143), secured, {"settings": settings, "certificate": certificate})
    tls = "ssl_cert_file /etc/old.crt\nssl_key_file /etc/old.key\n"
    old = tls + "ssl_mode tls_listen\nssl_listen_min_proto_version \"tlsv1\"\nssl_listen_ciphers \"ALL:@SECLEVEL=0\""
    return [Case("perdition", finding, "perdition", server, before, after) for finding, server, before, after in (
        ("no-tls", server("no-tls", "ssl_mode none"), NO_TLS, {143: "tls-required"}),
        ("tls-optional", server("optional", tls + "ssl_mode tls_listen", secured=(993, 995)), {143: "login-before-tls"}, {143: "tls-required", **IMPLICIT}),
        ("cert-expired", server("expired", tls + "ssl_mode tls_listen", certificate="expired"), facts("expired", "yes", (110, 143)), {**facts("expired", "no", (110, 143))}),
        ("tls-obsolete-enabled", server("tls10", old), facts("tls1.1", "yes", (110, 143)), {**facts("tls1.1", "no", (110, 143)), **facts("cbc", "no", (110, 143))}),
        ("host-implicit-absent", server("no-implicit", tls + "ssl_mode tls_listen"), {993: "closed", 995: "closed"}, {110: "closed", 143: "closed", **IMPLICIT, **facts("cn", HOST, (993, 995))}),
    )]


def all_cases():
    rows = rows_of_lab()
    return (dovecot_cases(rows) + courier_cases(rows) + cyrus_cases(rows) + mailutils_cases(rows) + stunnel_cases(rows) + haproxy_cases(rows) + nginx_cases()
            + perdition_cases())


# What is seen from outside, without any help of ours.

def _open(address, port):
    return socket.create_connection((address, port), timeout=5, source_address=(CLIENT, 0))


def _upgrade(connection, port):
    """To where TLS begins."""
    if port in CLEAR:
        reader = connection.makefile("rb")
        reader.readline()
        connection.sendall(b"STLS\r\n" if CLEAR[port] == "pop3" else b"a STARTTLS\r\n")
        line = reader.readline()
        if b"OK" not in line:
            raise OSError(f"no TLS here: {line!r}")


def _context(change):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    change(context)
    return context


def _accepts(address, port, change):
    try:
        with _open(address, port) as connection:
            _upgrade(connection, port)
            with _context(change).wrap_socket(connection):
                return "yes"
    except OSError:
        return "no"


def _only_old(context):
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1


def _only_new(context):
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def _only_cbc(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0")


HANDSHAKES = {"tls1.1": _only_old, "tls1.3": _only_new, "cbc": _only_cbc}


def _first(address, port):
    """Does it speak before we do?"""
    with _open(address, port) as connection:
        connection.settimeout(3)
        try:
            return "greeting" if connection.recv(256) else "end"
        except OSError:
            return "silence"


def _injection(address, port):
    """Is a command that came in clear behind STARTTLS answered inside TLS? (rules J-2 and J-4)"""
    with _open(address, port) as connection:
        reader = connection.makefile("rb")
        reader.readline()
        connection.sendall(b"STLS\r\nCAPA\r\n" if CLEAR[port] == "pop3" else b"a STARTTLS\r\nb NOOP\r\n")
        reader.readline()
        try:
            with _context(lambda context: None).wrap_socket(connection) as inside:
                inside.settimeout(2)
                return "yes" if inside.recv(256) else "no"
        except OSError:
            return "no"


def _says(address, port, expected):
    """The version in the greeting."""
    with _open(address, port) as connection:
        connection.settimeout(3)
        text = re.sub(rb"<[^>]*>", b"", connection.recv(512)).decode("ascii", "replace") # not what is in the stamp for APOP
        found = re.findall(r"\d+\.\d+", text)
        return expected if expected in found else " ".join(found)


def see(address, port, fact, expected, service):
    if fact in HANDSHAKES:
        return _accepts(address, port, HANDSHAKES[fact])
    if fact == "first":
        return _first(address, port)
    if fact == "injection":
        return _injection(address, port)
    if fact == "says":
        return _says(address, port, expected)
    return lab_test.fact_of(service, fact)


class Instance:
    """One server with its fault, its copy of /etc, and its processes."""

    def __init__(self, case, keeper):
        self.case, self.keeper = case, keeper
        self.server = dataclasses.replace(case.server, name=f"advice-{case.server.name}")
        self.module = next((module for server, module in servers.all_servers() if server.product == self.server.product), None)
        self.root = places.root_of(case.product)
        self.etc = os.path.join(places.LAB, "advice", f"etc-{case.product}")
        self.open = set(self.server.clear) | set(self.server.secured)
        self.is_cured = False
        self.processes = []

    # /etc

    def copy_etc(self):
        shutil.rmtree(self.etc, ignore_errors=True)
        subprocess.run(["cp", "-a", self.root + "/etc", self.etc], check=True)
        supervisor._mount("--bind", self.etc, self.root + "/etc") # pylint: disable=protected-access
        live = f"letsencrypt/live/{HOST}"
        self.write_etc(f"{live}/fullchain.pem", certificates.chain("good"))
        self.write_etc(f"{live}/privkey.pem", certificates.read(certificates.key_of("good")), 0o600)
        for folder in ("letsencrypt", "letsencrypt/live"): # as certbot leaves them
            os.chmod(os.path.join(self.etc, folder), 0o700)

    def write_etc(self, name, text, mode=0o644):
        path = os.path.join(self.etc, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)

    def path_of(self, file):
        """Where a file that the advice names lies, as we see it."""
        if self.case.product == "cyrus" and file in ("/etc/imapd.conf", "/etc/cyrus.conf"):
            return os.path.join(self.server.folder, os.path.basename(file))
        return os.path.join(self.etc, file.removeprefix("/etc/"))

    # The fault

    def prepare(self):
        self.copy_etc()
        getattr(self, f"_prepare_{self.case.product}")()

    def _prepare_dovecot(self):
        self.processes = self.module.prepare(self.server)
        path = os.path.join(self.server.folder, "dovecot.conf")
        options, text = self.server.options, certificates.read(path)
        if options.get("versions") == "1.0":
            text += "ssl_min_protocol = TLSv1\nssl_cipher_list = ALL:@SECLEVEL=0\n"
        for port, name in ((993, "imaps"), (995, "pop3s")):
            text = text.replace(f"    port = {port}\n", f"    port = {options.get(name, port)}\n")
        text = text.replace("    ssl = yes\n", f"    ssl = {options.get('secured_ssl', 'yes')}\n").replace(f"listen = {self.server.address}\n", "listen = *\n")
        self.server.write("dovecot.conf", text + "\n!include_try /etc/dovecot/conf.d/*.conf\n") # as Debian's own dovecot.conf has it
        for process in self.processes:
            if "OPENSSL_CONF" in process.environment:
                self.write_etc("ssl/openssl.cnf", certificates.read(os.path.join(self.server.folder, "openssl.cnf")))
                process.environment["OPENSSL_CONF"] = "/etc/ssl/openssl.cnf"

    def _prepare_courier(self):
        self.all_processes = {}
        everything = dataclasses.replace(self.server, clear=(110, 143), secured=(993, 995))
        for process in self.module.prepare(everything):
            port = next(int(word) for word in process.arguments if word.isdigit())
            self.all_processes[port] = process
        for name, port in (("imapd-ssl", 143), ("pop3d-ssl", 110)):
            lines = [f"{key}='{value}'\n" for key, value in sorted(self.all_processes[port].environment.items())]
            self.write_etc(f"courier/{name}", "".join(lines))

    def _prepare_cyrus(self):
        self.processes = self.module.prepare(self.server)

    def _prepare_mailutils(self):
        self.processes = self.module.prepare(self.server)

    def write_old_certificate(self):
        name = self.server.options["certificate"]
        self.write_etc("old.crt", certificates.chain(name))
        self.write_etc("old.key", certificates.read(certificates.key_of(name)), 0o600)

    def _prepare_stunnel(self):
        if self.server.product == "stunnel":
            self.write_old_certificate()
            self.write_etc("stunnel/mail.conf", STUNNEL.format(more=self.server.options["more"]))
        else:
            self.server.begin()

    def _prepare_haproxy(self):
        self.server.begin()
        self.write_etc("haproxy/haproxy.cfg", HAPROXY)

    def _prepare_nginx(self):
        self.write_old_certificate()
        blocks = [f"server {{\nlisten {port};\nprotocol {protocol};\n}}" for port, protocol in CLEAR.items() if port in self.server.clear]
        blocks += [f"server {{\nlisten {port} ssl;\nprotocol {protocol};\n}}" for port, protocol in SECURED.items() if port in self.server.secured]
        self.write_etc("nginx/nginx.conf", NGINX.format(settings=self.server.options["settings"], servers="\n".join(blocks)))
        self.processes = [Process(["/usr/sbin/nginx", "-e", "stderr"])]

    def _prepare_perdition(self):
        self.write_old_certificate()
        secured = "yes" if self.server.secured else "no"
        self.write_etc("perdition/perdition.conf", PERDITION.format(settings=self.server.options["settings"]))
        self.write_etc("default/perdition", f"RUN_PERDITION=yes\nPOP3=yes\nIMAP4=yes\nPOP3S={secured}\nIMAP4S={secured}\n")

    # Processes

    def start(self):
        for process, root in getattr(self, f"_processes_{self.case.product}", self._processes_plain)():
            if process.sockets:
                listening = ",".join(f"{address}:{port}" for address, port in process.sockets)
                self.keeper.start(self.server.name, ["/usr/bin/python3", supervisor.INETD, root, listening, *process.arguments], process.environment)
            else:
                self.keeper.start(self.server.name, process.arguments, process.environment, root)

    def _processes_plain(self):
        return [(process, self.root) for process in self.processes]

    def _processes_courier(self):
        """As Courier's own start scripts: the files are read by a shell that exports everything."""
        found = []
        for port in sorted(self.open):
            process = self.all_processes[port]
            name = "imapd-ssl" if port in (143, 993) else "pop3d-ssl"
            text = subprocess.run(["/bin/sh", "-c", f"set -a; . {self.etc}/courier/{name}; exec /usr/bin/env -0"], env={}, check=True, capture_output=True).stdout.decode()
            environment = dict(line.split("=", 1) for line in text.split("\0") if line)
            if port == 143:
                environment["IMAP_STARTTLS"] = environment["IMAPDSTARTTLS"]
            elif port in SECURED:
                environment |= {"IMAP_TLS": "1", "POP3_TLS": "1", "POP3_STARTTLS": "NO", "POP3_TLS_REQUIRED": "0"}
            arguments = ["-address=0" if word.startswith("-address=") else word for word in process.arguments]
            found.append((Process(arguments, environment), self.root))
        return found

    def _processes_mailutils(self):
        if not self.is_cured:
            return self._processes_plain()
        return [(Process([f"/usr/sbin/{program}", "--daemon", "--foreground"]), self.root) for program in ("imap4d", "pop3d")]

    def _popa3d_and(self, arguments):
        """In front of popa3d, which the cure moves to 127.0.0.1 first."""
        is_behind = self.is_cured or self.server.product != "popa3d"
        sockets = [("127.0.0.1", 110)] if is_behind else [(self.server.address, port) for port in self.server.clear]
        found = [(Process(["/usr/sbin/popa3d"], sockets=sockets), places.root_of("popa3d"))]
        return found + [(Process(arguments), self.root)] if is_behind else found

    def _processes_stunnel(self):
        return self._popa3d_and(["/usr/bin/stunnel4", "/etc/stunnel/mail.conf"])

    def _processes_haproxy(self):
        return self._popa3d_and(["/usr/sbin/haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"])

    def _processes_perdition(self):
        """As its start script: one instance for each that is set to yes."""
        settings = dict(line.split("=", 1) for line in certificates.read(self.path_of("/etc/default/perdition")).splitlines() if "=" in line)
        modes = {"POP3": 110, "IMAP4": 143, "POP3S": 995, "IMAP4S": 993}
        flags = {mode: shlex.split(settings.get(f"{mode}_FLAGS", "").strip('"')) for mode in modes}
        return [(Process([f"/usr/sbin/perdition.{mode.lower()}", "--no_daemon", "--pid_file", f"/run/perdition-{mode}.pid", *flags[mode]]), self.root)
                for mode in modes if settings.get(mode) == "yes"]

    # The cure

    def cure(self, pieces):
        applied = []
        for piece in pieces:
            if piece["software"] != self.case.software or (self.case.software == "without-tls" and piece["id"] != f"without-tls-{self.case.product}"):
                continue # another way for the same
            self.run_steps(piece["steps"])
            if piece["lines"]:
                self.write_lines(piece["file"], self.without_absent_protocols(piece["lines"]))
            applied.append(piece["id"])
        self.is_cured = True
        return applied

    def run_steps(self, steps):
        printed = []
        for line in steps.splitlines():
            command = line.removeprefix("$ ")
            if not line.startswith("$ "):
                continue
            if command.startswith(NOT_HERE):
                self.note_units(command)
                continue
            # Where /etc is the server's, so that its users are known and the paths are right.
            answer = subprocess.run(["unshare", "--mount", "/bin/sh", "-c", 'mount --bind "$0" /etc && eval "$1"', self.etc, command], capture_output=True, text=True)
            if answer.returncode != 0:
                raise RuntimeError(f"{command}: {answer.stderr.strip()}")
            if command.startswith("openssl"):
                printed.append(answer.stdout)
        if len(set(printed)) > 1:
            raise RuntimeError(f"certificate and key do not belong together: {printed}")

    def note_units(self, command):
        words = command.split()
        for unit in (word for word in words if word in UNITS):
            if "enable" in words:
                self.open.add(UNITS[unit])
            elif "disable" in words:
                self.open.discard(UNITS[unit])

    def without_absent_protocols(self, lines):
        """As its steps say: popa3d knows no IMAP."""
        if self.case.product == "stunnel":
            return re.sub(r"\[imaps\]\n(?:[^\[\n].*\n)*", "", lines)
        if self.case.product == "haproxy":
            return re.sub(r"(?:frontend|backend) imaps?\n(?: .*\n)*", "", lines)
        return lines

    def write_lines(self, file, lines):
        path = self.path_of(file)
        old = certificates.read(path) if os.path.exists(path) else ""
        if file.startswith("/etc/dovecot/") or file == "/etc/mailutils.conf" or (file.startswith("/etc/stunnel/") and "[" in lines):
            new = lines # a file of its own
        elif file == "/etc/cyrus.conf":
            new = merge_services(old, lines)
        elif file == "/etc/nginx/nginx.conf":
            new = merge_mail_block(old, lines)
        elif file.startswith(("/etc/courier/", "/etc/haproxy/")):
            new = old + lines
        else:
            new = replace_settings(old, lines)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file_object:
            file_object.write(new)

    def stop(self):
        self.keeper.end_all()

    def finish(self):
        self.stop()
        subprocess.run(["umount", self.root + "/etc"], check=True)


def name_of(line):
    found = re.match(r"\s*([A-Za-z_0-9]+)\s*[:= ]", line)
    return found.group(1) if found else None


def replace_settings(old, lines):
    """As the steps say: in place of those with the same names; new ones before the first section, or at the end."""
    new = {name_of(line): line for line in lines.splitlines()}
    result, used = [], set()
    for line in old.splitlines():
        name = name_of(line)
        if name not in new:
            result.append(line)
        elif name not in used:
            result.append(new[name])
            used.add(name)
    rest = [line for name, line in new.items() if name not in used]
    is_stunnel = "foreground" in old
    place = next((number for number, line in enumerate(result) if line.startswith("[")), len(result)) if is_stunnel else len(result)
    return "\n".join(result[:place] + rest + result[place:]) + "\n"


def merge_services(old, lines):
    new = {line.split()[0]: line for line in lines.splitlines() if "cmd=" in line}
    kept = [line for line in old.splitlines() if not line.strip() or line.split()[0] not in new]
    place = next(number for number, line in enumerate(kept) if line.startswith("SERVICES"))
    # The lab's configuration has files of its own, which its start names.
    options = re.search(r"(-C \S+)", old).group(1)
    added = [re.sub(r'cmd="(\w+)', rf'cmd="\1 {options}', line) for line in new.values()]
    return "\n".join(kept[:place + 1] + added + kept[place + 1:]) + "\n"


def merge_mail_block(old, lines):
    """Into the mail { } block of nginx; a whole server { } goes to the others."""
    names = set() if "server {" in lines else {name_of(line) for line in lines.splitlines()}
    kept = [line for line in old.splitlines() if name_of(line) not in names]
    place = kept.index("mail {")
    return "\n".join(kept[:place + 1] + lines.splitlines() + kept[place + 1:]) + "\n"


class Keeper(supervisor.Supervisor):
    """Process 1 of the namespace: what it starts ends with it, and can be ended between two cases."""

    def write_syslogs(self):
        """All the time: whoever finds the queue full waits, and a server that waits answers nobody."""
        while True:
            ready, _, _ = select.select([listener for listener, _ in self.syslogs], [], [])
            for listener, log in self.syslogs:
                if listener in ready:
                    log.write(listener.recv(8192) + b"\n")

    def end_all(self):
        deadline = time.monotonic() + supervisor.STOP_S
        number = signal.SIGTERM
        while True:
            try:
                os.kill(-1, number)
            except ProcessLookupError:
                break
            self.reap()
            if time.monotonic() > deadline:
                number = signal.SIGKILL
            time.sleep(0.05)
        self.reap()
        self.started.clear()


class Tester:
    def __init__(self, mailcensus):
        self.mailcensus = mailcensus
        self.has_check = subprocess.run([mailcensus, "help", "check"], capture_output=True).returncode == 0
        self.keeper = Keeper()
        self.results = lab_test.Results()
        self.applied = {}

    def advice(self, finding, software):
        command = [self.mailcensus, "advice", finding, "--software", software, "--host", HOST, "--json"]
        return [json.loads(line) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]

    def wait(self, address, ports):
        services = [("", address, port, lab._greets if port in CLEAR else lab._accepts) for port in ports] # pylint: disable=protected-access
        deadline = time.monotonic() + UP_WITHIN_S
        while services and time.monotonic() < deadline:
            services = asyncio.run(lab._missing_of(services)) # pylint: disable=protected-access
            self.keeper.reap()
            time.sleep(0.1)
        return [port for _, _, port, _ in services]

    def look(self, address, expected, folder):
        """What is otherwise than expected, as text."""
        database = os.path.join(folder, "advice.db")
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(database + ending):
                os.unlink(database + ending)
        lab_test.scan(self.mailcensus, database, [address])
        services = lab_test.export(self.mailcensus, database)
        differences = []
        for key, value in expected.items():
            port, fact = key if isinstance(key, tuple) else (key, None)
            service = services[address, port]
            try:
                seen = see(address, port, fact, value, service) if fact else service["verdict"]
            except OSError as problem:
                seen = str(problem)
            if seen != value:
                differences.append(f"port {port}: {fact or 'verdict'} is {seen or 'nothing'} instead of {value}" + (f" ({service['reason']})" if not fact else ""))
        return differences

    def watch(self, address, finding, *expected):
        """What `check --watch-for` says: its exit code is 0 when the finding is absent, 1 when it is there, 3 when that could not be told."""
        if not self.has_check:
            return []
        command = [self.mailcensus, "check", address, "--watch-for", finding, "--source", CLIENT, "--gap", "0", "--quiet"]
        code = subprocess.run(command, capture_output=True, timeout=CHECK_WITHIN_S).returncode
        return [] if code in expected else [f"check --watch-for {finding} ends with {code} instead of {' or '.join(map(str, expected))}"]

    def run(self, case, folder):
        instance = Instance(case, self.keeper)
        pieces = self.advice(case.finding, case.software)
        instance.prepare()
        try:
            instance.start()
            self.wait(instance.server.address, [port for port, verdict in case.before.items() if verdict not in ("closed", "implicit-broken") and not isinstance(port, tuple)] or instance.open)
            differences = [f"before: {text}" for text in self.look(instance.server.address, case.before, folder) + self.watch(instance.server.address, case.finding, 1)]
            instance.stop()
            applied = instance.cure(pieces)
            instance.start()
            self.wait(instance.server.address, [port for port, verdict in case.after.items() if verdict != "closed" and not isinstance(port, tuple)] or instance.open)
            differences += [f"after: {text}" for text in self.look(instance.server.address, case.after, folder) + self.watch(instance.server.address, case.finding, *ABSENT.get(case.product, (0,)))]
        finally:
            instance.finish()
        if not applied:
            differences.append("no advice of this software was applied")
        if not differences:
            self.applied.update(dict.fromkeys(applied, case.product))
        self.results.note(not differences, f"{case.name} ({instance.server.name}, {', '.join(applied)}): {'; '.join(differences)}")
        if not differences:
            print(f"gone: {case.name}, by {' and '.join(applied)}", flush=True)

    def check_claims(self):
        """Whatever says "tested with" was applied above, to that version; and what was applied says so."""
        versions = install.versions()
        lines = subprocess.run([self.mailcensus, "advice", "--json"], check=True, capture_output=True, text=True).stdout.splitlines()
        for piece in map(json.loads, lines):
            identifier, claim = piece["id"], piece["tested_with"]
            if not claim:
                self.results.note(identifier not in self.applied, f"{identifier} was tested here, but does not say so")
                continue
            product = self.applied.get(identifier)
            version = re.search(r"\d[0-9.]*\d", claim).group()
            self.results.note(product is not None, f"{identifier} says \"{claim}\", but no case here applied it with success")
            self.results.note(product is None or version in versions[product], f"{identifier} says \"{claim}\", but version {versions.get(product)} is what was tested")


def groups_of(cases):
    """What can be tested side by side: products that share no server. popa3d stands behind both stunnel and HAProxy."""
    groups = {}
    for case in cases:
        groups.setdefault({"haproxy": "stunnel"}.get(case.product, case.product), []).append(case)
    return groups


def run_group(arguments, cases, report):
    """Inside the namespaces, as process 1."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    supervisor._mount("--make-rprivate", "/") # pylint: disable=protected-access
    supervisor._mount("-t", "proc", "lab-processes", "/proc") # pylint: disable=protected-access
    tester = Tester(arguments.mailcensus)
    for product in sorted({case.product for case in cases} | {"popa3d"}):
        supervisor._mount_root(places.root_of(product)) # pylint: disable=protected-access
        tester.keeper.listen_to_syslog(product)
    threading.Thread(target=tester.keeper.write_syslogs, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            try:
                tester.run(case, folder)
            except Exception as problem: # pylint: disable=broad-except
                tester.results.note(False, f"{case.name}: {type(problem).__name__}: {problem}")
    with open(report, "w") as file:
        json.dump({"results": vars(tester.results), "applied": tester.applied}, file)
    return 0


def run_apart(arguments, cases, report):
    """In namespaces of our own: everything ends with us, and no packet can leave."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) # who ends what has called us ends us
    if libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) != 0:
        raise SystemExit(f"namespaces of our own are not allowed here: {os.strerror(ctypes.get_errno())}")
    process = os.fork()
    if process == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) # and the kernel everything in the namespace with us
        code = 1
        try:
            code = run_group(arguments, cases, report)
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def begin_group(arguments, cases, report):
    """Returns the process that tests a group."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = run_apart(arguments, cases, report)
        except BaseException as problem: # pylint: disable=broad-except
            print(f"{cases[0].product}: {problem}", flush=True)
        finally:
            sys.stdout.flush()
            os._exit(code)
    return process


def run_all(arguments):
    """All groups side by side, and their results together."""
    folder = os.path.join(places.LAB, "advice")
    total = Tester(arguments.mailcensus)
    groups = groups_of(case for case in all_cases() if arguments.only in case.name)
    reports = {name: os.path.join(folder, f"{name}.json") for name in groups}
    sys.stdout.flush()
    processes = {name: begin_group(arguments, cases, reports[name]) for name, cases in groups.items()}
    for name, process in processes.items():
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if code != 0 or not os.path.exists(reports[name]):
            total.results.note(False, f"the tests of {name} ended with {code}")
            continue
        with open(reports[name]) as file:
            report = json.load(file)
        total.applied.update(report["applied"])
        for outcome, count in report["results"].items():
            setattr(total.results, outcome, getattr(total.results, outcome) + count)
    if not arguments.only:
        total.check_claims()
    print(f"{total.results.passed} passed, {total.results.failed} failed, {total.results.skipped} skipped", flush=True)
    return 1 if total.results.failed or not total.results.passed else 0


def main():
    parser = argparse.ArgumentParser(prog="script/lab advice", description=__doc__.splitlines()[0])
    parser.add_argument("mailcensus", help="the program to test, for example build/release/src/app/mailcensus")
    parser.add_argument("--only", default="", metavar="WORDS", help="only cases with this in their name, for example 'cyrus cert-expired'")
    arguments = parser.parse_args()
    arguments.mailcensus = os.path.abspath(arguments.mailcensus)
    if not os.access(arguments.mailcensus, os.X_OK):
        parser.error(f"{arguments.mailcensus} is no program; script/build makes it")
    if os.geteuid() != 0:
        print("real servers need root: sudo script/lab advice ...", file=sys.stderr)
        return 1
    lab._make_place() # pylint: disable=protected-access
    install.install()
    certificates.make_all()
    places.LOGS = os.path.join(places.LAB, "advice", "log")
    shutil.rmtree(os.path.join(places.LAB, "advice"), ignore_errors=True)
    os.makedirs(places.LOGS)
    return run_all(arguments)


if __name__ == "__main__":
    sys.exit(main())
