# SPDX-License-Identifier: ISC
"""Cyrus IMAP: one master per configuration with a spool of its own; its password database is missing, so nobody can log in."""
import os

from .model import Process, Server

CYRUS, MAIL = 904, 8 # in install.USERS
SETTINGS = """configdirectory: {inside}/config
proc_path: {inside}/run/proc
mboxname_lockpath: {inside}/run/lock
defaultpartition: default
partition-default: {inside}/spool
altnamespace: no
allowplaintext: {allowplaintext}
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {inside}/nobody
sasl_mech_list: PLAIN LOGIN
servername: lab.example
idlesocket: {inside}/run/idle
notifysocket: {inside}/run/notify
lmtpsocket: {inside}/run/lmtp
syslog_prefix: {name}
tls_session_timeout: 0
{more}"""
SERVICES = {143: ("imap", "imapd"), 993: ("imaps", "imapd -s"), 110: ("pop3", "pop3d"), 995: ("pop3s", "pop3d -s")}


def servers(address_of):
    def server(number, name, clear=(110, 143), secured=(993, 995), **options):
        return Server(f"cyrus-{name}", "cyrus", address_of(number), clear, secured, options)
    return [
        server(1, "no-tls", secured=(), allowplaintext="yes", certificate=None),
        server(2, "no-tls-no-plaintext", secured=(), allowplaintext="no", certificate=None),
        server(3, "optional", allowplaintext="yes"),
        server(4, "required", allowplaintext="no"),
        server(5, "implicit-only", clear=(), allowplaintext="no"),
        server(6, "mismatch", allowplaintext="yes", key="other"),
        server(7, "no-certificate", allowplaintext="yes", is_missing=True),
        server(8, "expired", allowplaintext="no", certificate="expired"),
        server(9, "old-tls", allowplaintext="no", more="tls_versions: tls1_0 tls1_1\ntls_ciphers: ALL:@SECLEVEL=0\n"),
        server(10, "serverinfo-off", allowplaintext="yes", more="serverinfo: off\n"),
    ]


def prepare(server):
    options = server.options
    server.begin()
    for name in ("config", "config/db", "config/socket", "config/log", "config/msg", "config/user", "config/quota", "config/ptclient", "run", "run/proc",
                 "run/lock", "spool", "spool/stage."):
        server.make_folder(name, CYRUS, MAIL, 0o750)
    more = options.get("more", "")
    if options.get("is_missing"):
        more += f"tls_server_cert: {server.inside}/missing.crt\ntls_server_key: {server.inside}/missing.key\n"
    elif options.get("certificate", "good") is not None:
        certificate, key = server.write_certificate(owner=CYRUS)
        more += f"tls_server_cert: {certificate}\ntls_server_key: {key}\n"
    settings = server.write("imapd.conf", SETTINGS.format(inside=server.inside, name=server.name, allowplaintext=options["allowplaintext"], more=more))
    services = "".join(f'  {SERVICES[port][0]} cmd="{SERVICES[port][1]} -C {settings} -U 30" listen="{server.address}:{port}" prefork=0 maxchild=60\n'
                       for port in (*server.clear, *server.secured))
    master = server.write("cyrus.conf", "START {\n  recover cmd=\"/usr/lib/cyrus/bin/ctl_cyrusdb -C %s -r\"\n}\nSERVICES {\n%s}\nEVENTS {\n}\n" % (settings, services))
    os.chown(os.path.join(server.folder, "imapd.conf"), CYRUS, MAIL)
    return [Process(["/usr/sbin/cyrmaster", "-C", settings, "-M", master, "-p", f"{server.inside}/run/master.pid"])]
