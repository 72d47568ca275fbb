# SPDX-License-Identifier: ISC
"""Courier: one couriertcpd per port, as its own start scripts run it, with the variables of /etc/courier in the environment. No authdaemond runs: nobody can log in."""
import os

import certificates

from .model import Process, Server

LIBRARY = "/usr/lib/courier/courier"
CAPABILITY = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE" # Debian's
OLD_VERSIONS = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"
# Debian's limits of connections at once: in all, and per address.
LIMITS = {143: (40, 20), 993: (40, 20), 110: (40, 4), 995: (40, 4)}


def servers(address_of):
    def server(number, name, clear=(110, 143), secured=(993, 995), **options):
        return Server(f"courier-{name}", "courier", address_of(number), clear, secured, options)
    return [
        server(1, "no-tls", secured=(), starttls=False),
        server(2, "starttls-and-implicit"),
        server(3, "tls-required", required=True),
        server(4, "implicit-only", starttls=False),
        server(5, "nothing-in-clear", clear=()),
        server(6, "starttls-only", secured=()),
        server(7, "mismatch", key="other"),
        server(8, "no-certificate", has_certificate=False),
        server(9, "expired", certificate="expired"),
        server(10, "old-tls", priority=OLD_VERSIONS),
        server(11, "auth-plain", secured=(), starttls=False, mechanisms=True),
    ]


def _environment(server):
    options = server.options
    has_starttls = "YES" if options.get("starttls", True) else "NO"
    required = "1" if options.get("required") else "0"
    # Courier lists STARTTLS only when the certificate file is there, so a file that is missing is named all the same.
    pem = f"{server.inside}/server.pem"
    if options.get("has_certificate", True):
        name = options.get("certificate", "good")
        server.write("server.pem", certificates.chain(name) + certificates.read(certificates.key_of(options.get("key", name))), 0o600)
        os.chown(os.path.join(server.folder, "server.pem"), 903, 903)
    capability = CAPABILITY + (" AUTH=PLAIN" if options.get("mechanisms") else "")
    environment = {
        "MAILDIRPATH": "Maildir", "IMAP_CAPABILITY": capability, "IMAP_CAPABILITY_TLS": CAPABILITY + " AUTH=PLAIN", "IMAP_ACL": "1",
        "IMAP_KEYWORDS": "1", "IMAP_IDLE_TIMEOUT": "60", "POP3AUTH": "PLAIN LOGIN" if options.get("mechanisms") else "", "POP3AUTH_TLS": "",
        "IMAPDSTARTTLS": has_starttls, "IMAP_STARTTLS": has_starttls, "POP3_STARTTLS": has_starttls,
        "IMAP_TLS_REQUIRED": required, "POP3_TLS_REQUIRED": required,
        "COURIERTLS": "/usr/bin/couriertls", "TLS_CERTFILE": pem, "TLS_VERIFYPEER": "NONE",
    }
    if "priority" in options:
        environment["TLS_PRIORITY"] = options["priority"]
    return environment


def _listener(server, port, environment, command):
    all_at_once, per_address = LIMITS[port]
    return Process(["/usr/sbin/couriertcpd", f"-address={server.address}", f"-maxprocs={all_at_once}", f"-maxperip={per_address}", "-nodnslookup",
                    "-noidentlookup", str(port), *command], environment)


def prepare(server):
    server.begin()
    environment = _environment(server)
    imap = [f"{LIBRARY}/imaplogin", "/usr/bin/imapd", "Maildir"]
    pop3 = [f"{LIBRARY}/courierpop3login", f"{LIBRARY}/courierpop3d", "Maildir"]
    first_tls = ["/usr/bin/couriertls", "-server", "-tcpd", "-user=courier"]
    inside_tls = {**environment, "IMAP_TLS": "1", "POP3_TLS": "1", "POP3_STARTTLS": "NO", "POP3_TLS_REQUIRED": "0"}
    commands = {143: (environment, imap), 110: (environment, pop3), 993: (inside_tls, first_tls + imap), 995: (inside_tls, first_tls + pop3)}
    return [_listener(server, port, *commands[port]) for port in (*server.clear, *server.secured)]
