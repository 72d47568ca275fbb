# SPDX-License-Identifier: ISC
"""Dovecot: one master per configuration. Its users are those of an empty file: nobody can log in."""
from .model import Process, Server

CONFIG = """
base_dir = {inside}/run
state_dir = {inside}/state
log_path = /dev/stderr
protocols = imap pop3
listen = {address}
instance_name = {name}
default_internal_user = dovecot
default_internal_group = dovecot
default_login_user = dovenull
default_process_limit = 200
mail_location = maildir:/nonexistent
first_valid_uid = 1
disable_plaintext_auth = {disable_plaintext_auth}
auth_mechanisms = {mechanisms}
passdb {{
  driver = passwd-file
  args = {inside}/nobody
}}
userdb {{
  driver = passwd-file
  args = {inside}/nobody
}}
mail_max_userip_connections = 1000
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 993
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 995
    ssl = yes
  }}
}}
service stats {{
  client_limit = 2000
}}
ssl = {ssl}
{tls}
"""

CLEAR, SECURED = (110, 143), (993, 995)
ALL_OPTIONAL = {"ssl": "yes", "disable_plaintext_auth": "no"}

# OpenSSL's own defaults go higher than Dovecot can forbid: there is no setting for a highest version in 2.3.
OLD_TLS = """openssl_conf = lab
[lab]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MinProtocol = TLSv1
MaxProtocol = TLSv1.1
CipherString = ALL:@SECLEVEL=0
"""


def servers(address_of):
    def server(number, name, clear=CLEAR, secured=SECURED, **options):
        return Server(f"dovecot-{name}", "dovecot", address_of(number), clear, secured, options)
    return [
        server(1, "no-tls", secured=(), ssl="no", disable_plaintext_auth="no"),
        server(2, "no-tls-no-plaintext", secured=(), ssl="no", disable_plaintext_auth="yes"),
        server(3, "optional", **ALL_OPTIONAL),
        server(4, "debian-default", certificate="self-signed", ssl="yes", disable_plaintext_auth="yes"),
        server(5, "required", ssl="required", disable_plaintext_auth="yes"),
        server(6, "implicit-only", clear=(), imap=0, pop3=0, ssl="required", disable_plaintext_auth="yes"),
        server(7, "mismatch", key="other", **ALL_OPTIONAL),
        server(8, "unreadable-certificate", is_unreadable=True, **ALL_OPTIONAL),
        server(9, "expired", certificate="expired", ssl="required", disable_plaintext_auth="yes"),
        server(10, "old-tls", versions="old", ssl="required", disable_plaintext_auth="yes"),
        server(11, "tls13", versions="1.3", ssl="required", disable_plaintext_auth="yes"),
    ]


def prepare(server):
    options = server.options
    environment = {}
    tls = ""
    server.begin()
    server.write("nobody", "")
    server.make_folder("state")
    if options["ssl"] != "no":
        certificate, key = server.write_certificate()
        if options.get("is_unreadable"):
            server.write("server.crt", "this is no certificate\n")
        tls = f"ssl_cert = <{certificate}\nssl_key = <{key}\n"
    if options.get("versions") == "old":
        environment["OPENSSL_CONF"] = server.write("openssl.cnf", OLD_TLS)
        tls += "ssl_min_protocol = TLSv1\nssl_cipher_list = ALL:@SECLEVEL=0\nimport_environment = $import_environment OPENSSL_CONF\n"
    elif options.get("versions") == "1.3":
        tls += "ssl_min_protocol = TLSv1.3\n"
    config = server.write("dovecot.conf", CONFIG.format(
        inside=server.inside, name=server.name, address=server.address, imap=options.get("imap", 143), pop3=options.get("pop3", 110),
        disable_plaintext_auth=options["disable_plaintext_auth"], mechanisms=options.get("mechanisms", "plain"), ssl=options["ssl"], tls=tls))
    return [Process(["/usr/sbin/dovecot", "-F", "-c", config], environment)]
