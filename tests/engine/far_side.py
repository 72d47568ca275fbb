#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The other end of the wire for engine_test.py: mail servers of the kernel's TCP on whole prefixes, and an eye on what arrives.

usage: far_side.py serve IPV4-PREFIX IPV6-PREFIX   POP3 on 110 and IMAP on 143 of every address; the last byte of an address says what it is:
                                                   ...0 in sixteen: POP3 refuses logins in clear; ...1: IMAP has LOGINDISABLED; else both let people log in without TLS
       far_side.py watch DEVICE FILE               one line for each packet that arrives, until SIGTERM: nanoseconds, bytes, destination, its port, TCP flags, source port, source
Prints a line when it is ready.
"""
import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

ETH_P_ALL, PACKET_OUTGOING = 3, 4
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33


async def speak(reader, writer, greeting, answer):
    kind = socket.inet_pton(socket.AF_INET6 if ":" in writer.get_extra_info("sockname")[0] else socket.AF_INET, writer.get_extra_info("sockname")[0])[-1] % 16
    try:
        writer.write(greeting)
        while line := await reader.readline():
            said, is_last = answer(kind, line.strip())
            writer.write(said)
            if is_last:
                break
    except (ConnectionError, ValueError):
        pass
    writer.close()


def answer_imap(kind, line):
    tag, _, command = line.partition(b" ")
    if command.upper() == b"CAPABILITY":
        return b"* CAPABILITY IMAP4rev1 " + (b"LOGINDISABLED" if kind == 1 else b"AUTH=PLAIN") + b"\r\n" + tag + b" OK done\r\n", False
    if command.upper() == b"LOGOUT":
        return b"* BYE bye\r\n" + tag + b" OK done\r\n", True
    return tag + b" BAD unknown command\r\n", False


def answer_pop3(kind, line):
    if line.upper() == b"CAPA":
        return b"+OK list follows\r\n" + (b"" if kind == 0 else b"USER\r\n") + b"UIDL\r\nTOP\r\n.\r\n", False
    if line.upper() == b"QUIT":
        return b"+OK bye\r\n", True
    return b"-ERR unknown command\r\n", False


async def serve(prefixes):
    for prefix in prefixes:
        subprocess.run(["ip", "-6" if ":" in prefix else "-4", "route", "add", "local", prefix, "dev", "lo"], check=True)
    servers = []
    for address in ("0.0.0.0", "::"):
        for port, greeting, answer in ((110, b"+OK ready\r\n", answer_pop3), (143, b"* OK ready\r\n", answer_imap)):
            def handle(reader, writer, greeting=greeting, answer=answer):
                return speak(reader, writer, greeting, answer)
            servers.append(await asyncio.start_server(handle, address, port, backlog=4096))
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def read_packet(frame):
    """Destination, its port, flags, source port, source of a TCP segment over IPv4 or IPv6; None for anything else."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and frame[23] == 6:
        tcp, source, destination = 14 + (frame[14] & 15) * 4, socket.inet_ntop(socket.AF_INET, frame[26:30]), socket.inet_ntop(socket.AF_INET, frame[30:34])
    elif kind == 0x86DD and frame[20] == 6:
        tcp, source, destination = 54, socket.inet_ntop(socket.AF_INET6, frame[22:38]), socket.inet_ntop(socket.AF_INET6, frame[38:54])
    else:
        return None
    source_port, destination_port = struct.unpack_from("!HH", frame, tcp)
    return destination, destination_port, frame[tcp + 13], source_port, source


def watch(device, name):
    # Received in the moment in which it is sent, by whoever sends, and not when a thread of the kernel has its turn: else its haste would be measured.
    namespace.set_feature(device, namespace.ETHTOOL_SET_GRO, False)
    ears = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    ears.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    ears.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    ears.bind((device, 0))
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    ears.settimeout(0.05)
    print("ready", flush=True)
    with open(name, "w", encoding="ascii") as file:
        while True:
            try:
                frame, control, _, place = ears.recvmsg(2048, 256)
            except TimeoutError:
                if stopped:
                    return
                continue
            if place[2] == PACKET_OUTGOING:
                continue
            packet = read_packet(frame)
            if packet is not None:
                seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
                file.write(f"{seconds * 10**9 + nanoseconds} {len(frame)} {packet[0]} {packet[1]} {packet[2]} {packet[3]} {packet[4]}\n")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(sys.argv[2:]))
    else:
        watch(sys.argv[2], sys.argv[3])
