# SPDX-License-Identifier: ISC
"""A name server on loopback that answers by a function, and remembers what it was asked."""
import socket
import struct
import threading

A, CNAME, PTR, AAAA = 1, 5, 12, 28
SERVFAIL, NXDOMAIN = 2, 3


def labels(*parts):
    """A name of these labels, which may hold any bytes."""
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def name(text):
    return labels(*text.encode("ascii").split(b"."))


class NameServer:
    """answer(name, type, times) gives a code, or a list of record data; None: no answer. times: how often it was asked for before."""

    def __init__(self, answer):
        self.answer, self.asked, self.total, self.wanted = answer, {}, 0, None
        self.reached = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.location = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            message, client = self.socket.recvfrom(2048)
            at, parts = 12, []
            while message[at]:
                parts.append(message[at + 1:at + 1 + message[at]])
                at += 1 + message[at]
            question, kind = b".".join(parts).decode("latin-1").lower(), struct.unpack_from(">H", message, at + 1)[0]
            times = self.asked.get((question, kind), 0)
            self.asked[question, kind] = times + 1
            self.total += 1
            if self.wanted is not None and self.total >= self.wanted:
                self.reached.set()
            result = self.answer(question, kind, times)
            if result is None:
                continue
            code, records = (result, []) if isinstance(result, int) else (0, result)
            head = message[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0) + message[12:at + 5]
            self.socket.sendto(head + b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in records), client)

    def after(self, questions):
        """An event that comes after so many more questions."""
        self.reached = threading.Event()
        self.wanted = self.total + questions
        return self.reached
