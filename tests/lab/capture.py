# SPDX-License-Identifier: ISC
"""What a census put on the wire, read from a packet capture: independent of everything that mailcensus itself keeps."""
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

import places

FIN, SYN, RST, ACK = 1, 2, 4, 16
CENSUS = "127.0.3.1" # the census asks from here, so that whatever else looks at the lab meanwhile is not taken for it


class Capture:
    """tcpdump on the loopback device (or another, by the words of prefix in another namespace), only what the census says and hears."""

    def __init__(self, path, device="lo", prefix=()):
        self.path = path
        ports = " or ".join(f"port {port}" for port in places.PORTS)
        self.process = subprocess.Popen([*prefix, "tcpdump", "-i", device, "-n", "-p", "-B", "131072", "--immediate-mode", "-U", "-Z", "root", "-w", path,
                                         f"tcp and host {CENSUS} and ({ports})"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 10
        while not os.path.exists(path) or os.path.getsize(path) < 24: # the header of the file: it listens
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise OSError(f"tcpdump does not start: {self.process.communicate()[1].strip()}")
            time.sleep(0.05)

    def stop(self):
        """How many packets it lost."""
        time.sleep(0.5)
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=30)
        lost = [line.split()[0] for line in said.splitlines() if "dropped by kernel" in line]
        return int(lost[0]) if lost else -1


@dataclass
class Stream:
    """One connection: when it was open, and what the client said."""
    address: str
    port: int
    opened_at: float
    first_byte: int = 0                           # sequence number
    pieces: dict = field(default_factory=dict)    # offset: bytes
    missing_tail: int = 0                         # bytes that were sent but not captured whole
    closed_at: float = None
    is_established: bool = False
    is_reset: bool = False # by the server

    def sent(self):
        """The client's bytes, up to the first gap."""
        data = b""
        for offset in sorted(self.pieces):
            if offset > len(data):
                break
            piece = self.pieces[offset]
            data = data[:offset] + piece if offset + len(piece) > len(data) else data
        return data


def _packets(path):
    """(moment, source address, source port, destination address, destination port, flags, sequence, payload as captured, payload size)"""
    with open(path, "rb") as file:
        head = file.read(24)
        order = "little" if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
        number = lambda data: int.from_bytes(data, order) # noqa: E731
        if number(head[20:24]) & 0xFFFF != 1:
            raise ValueError("the capture is not of an Ethernet-like device")
        while len(header := file.read(16)) == 16:
            frame = file.read(number(header[8:12]))
            moment = number(header[0:4]) + number(header[4:8]) / 1e6
            if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
                continue
            size, internet = int.from_bytes(frame[16:18], "big"), (frame[14] & 15) * 4
            tcp = frame[14 + internet:14 + size]
            offset = (tcp[12] >> 4) * 4
            yield (moment, ".".join(map(str, frame[26:30])), int.from_bytes(tcp[0:2], "big"), ".".join(map(str, frame[30:34])), int.from_bytes(tcp[2:4], "big"),
                   tcp[13], int.from_bytes(tcp[4:8], "big"), tcp[offset:], size - internet - offset)


def streams(path):
    """All connections of the census in the order in which they were opened."""
    found, current = [], {}
    for moment, source, source_port, destination, destination_port, flags, sequence, payload, size in _packets(path):
        is_client = source == CENSUS and destination_port in places.PORTS
        key = (source_port, destination, destination_port) if is_client else (destination_port, source, source_port)
        if is_client and flags & SYN:
            stream = current.get(key)
            if stream is None or stream.closed_at is not None or stream.first_byte != (sequence + 1) & 0xFFFFFFFF:
                current[key] = Stream(destination, destination_port, moment, (sequence + 1) & 0xFFFFFFFF)
                found.append(current[key])
            continue
        stream = current.get(key)
        if stream is None:
            continue
        if not is_client and flags & SYN:
            stream.is_established = True
        if is_client and size > 0:
            offset = (sequence - stream.first_byte) & 0xFFFFFFFF
            if offset < 1 << 24 and len(payload) > len(stream.pieces.get(offset, b"")):
                stream.pieces[offset] = payload
                stream.missing_tail += max(0, size - len(payload))
        stream.is_reset = stream.is_reset or (not is_client and flags & RST != 0)
        if stream.closed_at is None and (flags & RST or (is_client and flags & FIN)):
            stream.closed_at = moment
    return found


def clear_lines(data):
    """(lines before TLS, True when TLS began). A line that has no end is a line too."""
    lines = []
    while data:
        if 0x14 <= data[0] <= 0x17 and data[1:2] in (b"", b"\x03"):
            return lines, True
        line, end, data = data.partition(b"\n")
        lines.append(line[:-1] if end and line.endswith(b"\r") else line + end)
    return lines, False


def records_are_whole(data):
    """Is all that follows the clear lines made of TLS records? The capture may cut the last one of a packet."""
    while data and not (0x14 <= data[0] <= 0x17 and data[1:2] in (b"", b"\x03")):
        data = data.partition(b"\n")[2]
    while len(data) >= 5:
        if not (0x14 <= data[0] <= 0x17 and data[1] == 3):
            return False
        data = data[5 + int.from_bytes(data[3:5], "big"):]
    return True


def most_at_once(all_streams):
    """Address: most connections that were open at the same moment."""
    events = []
    for stream in all_streams:
        if stream.is_established:
            events.append((stream.opened_at, 1, stream.address))
            events.append((stream.closed_at if stream.closed_at is not None else float("inf"), -1, stream.address))
    most, now = {}, {}
    for _, change, address in sorted(events, key=lambda event: (event[0], event[1])):
        now[address] = now.get(address, 0) + change
        most[address] = max(most.get(address, 0), now[address])
    return most
