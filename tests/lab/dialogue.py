# SPDX-License-Identifier: ISC
"""A POP3 and IMAP server that never lets anybody in; each persona bends it in one place."""
from dataclasses import dataclass, replace

import contexts

IMAP_PORTS, SECURED_PORTS = (143, 993), (993, 995)


@dataclass(frozen=True)
class Mail:
    """Call it with a peer. Fields that are functions take (peer, tag or None) and answer instead of the default."""
    imap: str = "IMAP4rev1"                      # capabilities before TLS
    pop3: tuple = ("TOP", "UIDL")
    imap_inside: str = "IMAP4rev1 AUTH=PLAIN"    # inside TLS
    pop3_inside: tuple = ("TOP", "UIDL", "USER", "SASL PLAIN")
    greeting: object = None                      # function
    capability: object = None                    # function
    starttls: object = None                      # function; None: tls if there is one, else refuse
    bare_auth: bytes = b"-ERR Invalid command.\r\n"
    tls: object = None                           # function of the peer: a peer inside TLS, or None when nothing can be said there
    before_reply: bytes = b""                    # goes in front of each tagged reply of IMAP
    text: bytes = b"ready"
    end: bytes = b"\r\n"
    speaks: str = ""                             # "imap" or "pop3" whatever the port; empty: by port

    def but(self, **changes):
        return replace(self, **changes)

    def is_imap(self, peer):
        return self.speaks == "imap" or (not self.speaks and peer.port in IMAP_PORTS)

    def __call__(self, peer):
        if self.greeting is not None:
            if self.greeting(peer, None) is False:
                return
        else:
            peer.send((b"* OK " if self.is_imap(peer) else b"+OK ") + self.text + self.end)
        self.converse(peer)

    def converse(self, peer):
        speak = self.speak_imap if self.is_imap(peer) else self.speak_pop3
        is_hello = False # on a port meant for TLS a hello comes to a server that knows none; lines are cut out of it wherever a byte looks like their end
        while peer is not None:
            line = peer.line()
            is_hello = is_hello or (not peer.is_secured and peer.port in SECURED_PORTS and line.startswith(b"\x16\x03"))
            if not is_hello:
                contexts.check_allowed(line)
            peer = speak(peer, line)

    def upgrade(self, peer, agreement, refusal):
        if self.tls is None:
            peer.send(refusal)
            return peer
        peer.buffer = b"" # what came in clear behind the command is nobody's; carrying it out inside TLS is what injectable() of personas.py does
        peer.send(agreement)
        return self.tls(peer)

    def speak_imap(self, peer, line):
        """The peer to go on with, or None at the end."""
        tag, _, command = line.partition(b" ")
        word = command.split(b" ")[0].upper()
        if word == b"CAPABILITY":
            if self.capability is not None and not peer.is_secured:
                return self.capability(peer, tag)
            names = self.imap_inside if peer.is_secured else self.imap
            peer.send(b"* CAPABILITY " + names.encode() + self.end + self.before_reply + tag + b" OK done" + self.end)
        elif word == b"STARTTLS" and not peer.is_secured:
            if self.starttls is not None:
                return self.starttls(peer, tag)
            return self.upgrade(peer, self.before_reply + tag + b" OK begin TLS now\r\n", self.before_reply + tag + b" BAD unknown command" + self.end)
        elif word == b"LOGOUT":
            peer.send(b"* BYE see you" + self.end + self.before_reply + tag + b" OK done" + self.end)
            peer.leave()
            return None
        else:
            peer.send(tag + b" BAD unknown command" + self.end)
        return peer

    def speak_pop3(self, peer, line):
        word = line.upper()
        if word == b"CAPA":
            if self.capability is not None and not peer.is_secured:
                return self.capability(peer, None)
            names = self.pop3_inside if peer.is_secured else self.pop3
            peer.send(self.end.join([b"+OK list follows", *(name.encode() for name in names), b".", b""]))
        elif word == b"AUTH":
            if callable(self.bare_auth):
                return self.bare_auth(peer, None)
            peer.send(self.bare_auth)
        elif word == b"STLS" and not peer.is_secured:
            if self.starttls is not None:
                return self.starttls(peer, None)
            return self.upgrade(peer, b"+OK begin TLS now\r\n", b"-ERR unknown command" + self.end)
        elif word == b"QUIT":
            peer.send(b"+OK see you" + self.end)
            peer.leave()
            return None
        else:
            peer.send(b"-ERR unknown command" + self.end)
        return peer


NO_TLS = Mail(imap="IMAP4rev1 AUTH=PLAIN", pop3=("TOP", "USER", "SASL PLAIN"))
NO_LOGIN = Mail(imap="IMAP4rev1 LOGINDISABLED", pop3=("TOP", "SASL"))
# With STARTTLS announced; `tls` is to be filled in.
REQUIRED = Mail(imap="IMAP4rev1 STARTTLS LOGINDISABLED", pop3=("TOP", "STLS", "SASL"))
OPTIONAL = Mail(imap="IMAP4rev1 STARTTLS AUTH=PLAIN", pop3=("TOP", "STLS", "USER", "SASL PLAIN"))
HASHED = Mail(imap="IMAP4rev1 STARTTLS LOGINDISABLED AUTH=SCRAM-SHA-256", pop3=("TOP", "STLS", "SASL SCRAM-SHA-256"))
