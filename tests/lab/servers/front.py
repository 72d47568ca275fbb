# SPDX-License-Identifier: ISC
"""What is put in front of servers that know no TLS, or too old a one: stunnel, HAProxy, nginx's mail proxy and Perdition. Nobody can log in behind them."""
import os

import certificates

from .model import Process, Server

STUNNEL = """foreground = yes
debug = 3
socket = l:TCP_NODELAY=1
{services}"""
STUNNEL_POP3S = """[pop3s]
accept = {address}:995
cert = {pem}
connect = {behind}:110
"""
STUNNEL_POP3 = """[pop3]
accept = {address}:110
cert = {pem}
protocol = pop3
connect = {behind}:110
"""
HAPROXY = """global
  maxconn 200
  {versions}
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend pop3s
  bind {address}:995 ssl crt {pem}
  default_backend popa3d
backend popa3d
  server popa3d {behind}:110
"""
NGINX = """load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
user nobody nogroup;
worker_processes 1;
error_log stderr error;
pid {inside}/nginx.pid;
events {{ worker_connections 256; }}
mail {{
  auth_http 127.0.0.1:1/nobody;
  server_name mail.lab.example;
  imap_auth plain;
  pop3_auth plain;
  imap_capabilities IMAP4rev1 UIDPLUS;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  ssl_protocols TLSv1.2 TLSv1.3;
  server {{ listen {address}:143; protocol imap; starttls {starttls}; }}
  server {{ listen {address}:110; protocol pop3; starttls {starttls}; }}
  server {{ listen {address}:993 ssl; protocol imap; }}
  server {{ listen {address}:995 ssl; protocol pop3; }}
}}
"""
POPA3D = "127.10.0.81" # the server without TLS behind them, see inetd_style.py


def servers(address_of):
    def server(number, name, clear=(110, 143), secured=(993, 995), **options):
        return Server(name, name.partition("-")[0], address_of(number), clear, secured, options)
    return [
        server(1, "stunnel-popa3d", clear=(), secured=(995,)),
        server(2, "stunnel-stls", clear=(110,), secured=()),
        server(3, "haproxy-popa3d", clear=(), secured=(995,), versions="ssl-default-bind-options ssl-min-ver TLSv1.2"),
        server(4, "haproxy-old-versions", clear=(), secured=(995,), versions="ssl-default-bind-options ssl-min-ver TLSv1.0\n  ssl-default-bind-ciphers DEFAULT:@SECLEVEL=0"),
        server(5, "nginx-starttls-only", starttls="only"),
        server(6, "nginx-starttls-on", starttls="on"),
        server(7, "perdition", clear=(143,), secured=()),
    ]


def _pem(server):
    path = server.write("server.pem", certificates.chain("good") + certificates.read(certificates.key_of("good")), 0o600)
    return path


def _stunnel(server):
    service = STUNNEL_POP3S if server.secured else STUNNEL_POP3
    path = server.write("stunnel.conf", STUNNEL.format(services=service.format(address=server.address, pem=_pem(server), behind=POPA3D)))
    return [Process(["/usr/bin/stunnel4", path])]


def _haproxy(server):
    path = server.write("haproxy.cfg", HAPROXY.format(address=server.address, pem=_pem(server), behind=POPA3D, versions=server.options["versions"]))
    return [Process(["/usr/sbin/haproxy", "-db", "-f", path])]


def _nginx(server):
    certificate, key = server.write_certificate()
    for folder in ("var/lib/nginx", "var/log/nginx"):
        os.makedirs(os.path.join(server.folder, "../..", folder), exist_ok=True)
    path = server.write("nginx.conf", NGINX.format(inside=server.inside, address=server.address, certificate=certificate, key=key, starttls=server.options["starttls"]))
    return [Process(["/usr/sbin/nginx", "-e", "stderr", "-c", path])]


def _perdition(server):
    certificate, key = server.write_certificate()
    path = server.write("perdition.conf", "")
    return [Process(["/usr/sbin/perdition", "-f", path, "-P", "IMAP4", "--bind_address", server.address, "--listen_port", "143", "--no_daemon", "--no_bind_banner", "-L", "60",
                     "--ssl_mode", "tls_listen", "--ssl_cert_file", certificate, "--ssl_key_file", key, "-s", POPA3D, "--log_facility", "-"])]


def prepare(server):
    server.begin()
    return {"stunnel": _stunnel, "haproxy": _haproxy, "nginx": _nginx, "perdition": _perdition}[server.product](server)
