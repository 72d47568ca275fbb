# SPDX-License-Identifier: ISC
"""Whole TLS servers by OpenSSL that do not read or write the socket themselves: what they send can be reshaped, and a hello that was read already handed on.

Records cut small, or an alert before the ServerHello, are legal, and rare enough to break readers.
"""
import ssl

from contexts import context
from peer import Gone
from records import HANDSHAKE, alert

CHANGE_CIPHER_SPEC = 20


class Reshaped:
    """Stands in for the socket of a Peer: what the client sees is ours, what is inside is OpenSSL's."""

    def __init__(self, connection, made, record_size=16384, warning=None, received=b""):
        self.raw, self.record_size, self.pending = connection, record_size, b""
        if warning is not None:
            self.first = alert(warning, 0x0303, 1)
        else:
            self.first = b""
        self.is_encrypted = False
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.incoming.write(received)
        self.tls = made.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def flush(self):
        """Cuts each handshake record that is not yet encrypted into several."""
        data, shaped = self.outgoing.read(), self.first
        if data:
            self.first = b""
        else:
            shaped = b""
        while data:
            kind, version, size = data[0], data[1:3], int.from_bytes(data[3:5], "big")
            body, data = data[5:5 + size], data[5 + size:]
            step = self.record_size if kind == HANDSHAKE and not self.is_encrypted else size
            self.is_encrypted = self.is_encrypted or kind == CHANGE_CIPHER_SPEC
            for at in range(0, size, step):
                part = body[at:at + step]
                shaped += bytes([kind]) + version + len(part).to_bytes(2, "big") + part
        if shaped:
            self.raw.sendall(shaped)

    def until_done(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.raw.recv(16384)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def recv(self, size):
        try:
            return self.until_done(lambda: self.tls.read(size))
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data):
        self.until_done(lambda: self.tls.write(data))

    def settimeout(self, seconds):
        self.raw.settimeout(seconds)

    def unwrap(self):
        """close_notify, without waiting for the client's."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()
        return self.raw

    def close(self):
        self.raw.close()


def take_over(peer, made, received=b"", **shape):
    """The handshake and all behind it by OpenSSL with that context; `received` is what was read of the client already."""
    shaped = Reshaped(peer.connection, made, received=received + peer.buffer, **shape)
    peer.buffer = b""
    try:
        shaped.until_done(shaped.tls.do_handshake)
    except ssl.SSLError as problem:
        try:
            shaped.flush() # the alert
        except OSError:
            pass
        raise Gone from problem
    except (OSError, ValueError) as problem:
        raise Gone from problem
    peer.connection, peer.is_secured = shaped, True
    return peer


def reshaped(**shape):
    """A function for Mail.tls: TLS 1.2 at most."""
    return lambda peer: take_over(peer, context(highest=ssl.TLSVersion.TLSv1_2), **shape)
