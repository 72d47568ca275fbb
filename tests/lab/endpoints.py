# SPDX-License-Identifier: ISC
"""Which handlers listen on which ports: the shapes that most personas have."""
from contexts import real
from dialogue import REQUIRED, Mail

IMAP, POP3, CLEAR, SECURED, ALL = (143,), (110,), (110, 143), (993, 995), (110, 143, 993, 995)
TLS = real()
INSIDE = Mail(imap="IMAP4rev1 AUTH=PLAIN", pop3=("TOP", "USER", "SASL PLAIN"))


def on(ports, handler):
    return {port: handler for port in ports}


def first_tls(mail, tls=TLS):
    """Implicit TLS: the dialogue inside."""
    def handler(peer):
        inside = tls(peer)
        if inside is not None:
            mail(inside)
    return handler


def tls_server(tls, mail=REQUIRED, inside=INSIDE):
    """STARTTLS on 110 and 143, from the first byte on 993 and 995."""
    return {**on(CLEAR, mail.but(tls=tls)), **on(SECURED, first_tls(inside, tls))}
