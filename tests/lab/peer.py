# SPDX-License-Identifier: ISC
"""One accepted connection, as the hostile servers see it."""
import socket
import ssl
import struct
import time

PATIENCE_S = 60 # no connection of a client lasts longer than a census allows, see rule D-4


class Gone(Exception):
    """The client left, or has been silent for too long."""


class Peer:
    def __init__(self, connection, port, client):
        self.connection = connection
        self.port = port
        self.client = client # its address
        self.buffer = b""
        self.is_secured = False
        connection.settimeout(PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        try:
            self.connection.sendall(data)
        except (OSError, ValueError) as problem:
            raise Gone from problem

    def drip(self, data, pause_s):
        for at in range(len(data)):
            self.send(data[at:at + 1])
            time.sleep(pause_s)

    def _more(self):
        try:
            data = self.connection.recv(16384)
        except (OSError, ValueError) as problem:
            raise Gone from problem
        if not data:
            raise Gone
        self.buffer += data

    def line(self):
        """The next line without its end."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > 65536:
                raise Gone
            self._more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def exactly(self, size):
        """None when the client left before."""
        try:
            while len(self.buffer) < size:
                self._more()
        except Gone:
            return None
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def drain(self):
        """Reads until the client has gone."""
        try:
            while True:
                self.buffer = b""
                self._more()
        except Gone:
            pass

    def any_bytes(self):
        """Waits for the first bytes of the client; False when none came."""
        try:
            self._more()
        except Gone:
            return False
        return True

    def reset(self):
        """RST instead of FIN."""
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.close()

    def close(self):
        try:
            self.connection.close()
        except OSError:
            pass

    def secure(self, context):
        """A real handshake. Bytes that came in clear before it stay in the buffer only if the caller leaves them there."""
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except (OSError, ValueError) as problem:
            raise Gone from problem
        self.is_secured = True
        return self

    def leave(self):
        """Ends politely: close_notify inside TLS, then FIN, and reads what is still under way so that no RST destroys what was sent."""
        try:
            if self.is_secured:
                self.connection.settimeout(2)
                self.connection = self.connection.unwrap()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(2)
            while self.connection.recv(4096):
                pass
        except (OSError, ValueError, ssl.SSLError):
            pass
        self.close()
