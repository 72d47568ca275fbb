# SPDX-License-Identifier: ISC
"""GNU Mailutils: imap4d and pop3d as daemons of their own, in front of no mailbox."""
from .model import Process, Server

CONFIG = """
mode daemon;
foreground yes;
pidfile {inside}/{program}.pid;
max-children 60;
{extra}
logging {{
  syslog no;
}}
tls-file-checks {{
  key-file none;
  cert-file none;
}}
{tls}
tls-mode {mode};
server {address}:{port} {{
  tls-mode {mode};
  {tls}
}};
"""
PORTS = {"imap4d": (143, 993), "pop3d": (110, 995)}
OLD_VERSIONS = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"


def servers(address_of):
    def server(number, name, clear=(110, 143), secured=(), **options):
        return Server(f"mailutils-{name}", "mailutils", address_of(number), clear, secured, options)
    return [
        server(1, "no-tls", mode="no"),
        server(2, "on-demand", mode="ondemand"),
        server(3, "required", mode="required"),
        server(4, "connection", clear=(), secured=(993, 995), mode="connection"),
        server(5, "mismatch", mode="ondemand", key="other"),
        server(6, "expired", mode="ondemand", certificate="expired"),
        server(7, "old-tls", mode="ondemand", priorities=OLD_VERSIONS),
        server(8, "login-disabled", clear=(143,), mode="no", login_disabled=True),
    ]


def prepare(server):
    options = server.options
    server.begin()
    tls = ""
    if options["mode"] != "no":
        certificate, key = server.write_certificate()
        priorities = f'ssl-priorities "{options["priorities"]}"; ' if "priorities" in options else ""
        tls = f"tls {{ ssl-certificate-file {certificate}; ssl-key-file {key}; {priorities}}};"
    found = []
    for program, (clear, secured) in PORTS.items():
        port = secured if options["mode"] == "connection" else clear
        if port not in (*server.clear, *server.secured):
            continue
        extra = "login-disabled yes;" if options.get("login_disabled") else ""
        path = server.write(f"{program}.conf", CONFIG.format(inside=server.inside, program=program, extra=extra, tls=tls, mode=options["mode"],
                                                             address=server.address, port=port))
        found.append(Process([f"/usr/sbin/{program}", f"--config-file={path}"]))
    return found
