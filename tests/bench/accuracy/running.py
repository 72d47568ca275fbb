# SPDX-License-Identifier: ISC
"""Runs a tool against one service, counts its connections on the wire and measures its time."""
import os
import signal
import subprocess
import time

_groups = set() # process groups of tools that run now


class Counter:
    """tcpdump on the loopback device: only the segments that open a connection to that service."""

    def __init__(self, path, address, port):
        self.path = path
        if os.path.exists(path):
            os.unlink(path)
        self.process = subprocess.Popen(["tcpdump", "-i", "lo", "-n", "-p", "--immediate-mode", "-U", "-Z", "root", "-w", path,
                                         f"tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn and dst host {address} and dst port {port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not os.path.exists(path) or os.path.getsize(path) < 24:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise OSError("tcpdump does not start; it needs root")
            time.sleep(0.02)

    def stop(self):
        """How many connections were opened. A repeated segment is one of them only once."""
        time.sleep(0.2)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        with open(self.path, "rb") as file:
            data = file.read()
        order = "little" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
        at, seen = 24, set()
        while at + 16 <= len(data):
            size = int.from_bytes(data[at + 8:at + 12], order)
            frame = data[at + 16:at + 16 + size]
            tcp = 14 + (frame[14] & 15) * 4
            seen.add(frame[tcp:tcp + 2] + frame[tcp + 4:tcp + 8]) # source port and sequence number
            at += 16 + size
        os.unlink(self.path)
        return len(seen)


def end_all():
    """Each tool runs in a session of its own, so this ends only what we started."""
    for group in list(_groups):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _run_one(command, said_path, folder, within_s):
    """True when it had to be cut off."""
    with open(said_path, "wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder)
    _groups.add(process.pid)
    try:
        process.wait(timeout=within_s)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    finally:
        _groups.discard(process.pid)


def run(tool, service, folder, cap_s, options):
    """{seconds, connections, is_cut}; what the tool wrote stays in the folder."""
    os.makedirs(folder, exist_ok=True)
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w") as file:
        file.write(f"127.0.0.1 localhost\n{service.address} {service.name}\n")
    counter = Counter(os.path.join(folder, "count.pcap"), service.address, service.port)
    began, is_cut = time.monotonic(), False
    try:
        for number, command in enumerate(tool.commands(service, folder, options)):
            # Name and address belong together only for this one run.
            inside = ["unshare", "-m", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh", *command]
            is_cut = _run_one(inside, os.path.join(folder, f"said-{number}.txt"), folder, max(1, cap_s - (time.monotonic() - began))) or is_cut
    finally:
        seconds = time.monotonic() - began
        connections = counter.stop()
    return {"seconds": round(seconds, 2), "connections": connections, "is_cut": is_cut}
