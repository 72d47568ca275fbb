#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Three prefixes whose addresses all greet alike: a hoster's, whose unused ports refuse; a trap's, which greets alike on every port; and one that says something else on
other ports. Only the trap's hosts are no mail servers, each by a connection of its own; a scan that is killed meanwhile goes on.

Everything happens inside a network namespace of its own that has nothing but a loopback device.
usage: uniform_test.py MAILCENSUS
"""
import json
import multiprocessing
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

HOSTER, TRAP, OTHER = "127.32.0.", "fd00:31::", "fd00:32::"
TARGETS = ["127.32.0.0/24", "fd00:31::/120", "fd00:32::/120"]
CANARIES = range(40000, 60001)
GREETING, OTHER_GREETING = b"* OK IMAP4rev1 server ready\r\n", b"* OK another IMAP4rev1 server ready\r\n"
PROCESSES = 3  # not more descriptors in one than may be had
failures = 0
count = 0


def check(condition, what, detail=""):
    global failures, count
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail:
        print("# " + str(detail)[:1500].replace("\n", "\n# "), flush=True)


def answer(line):
    tag, _, command = line.strip().partition(b" ")
    command = command.upper()
    if command == b"CAPABILITY":
        return b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
    if command == b"LOGOUT":
        return b"* BYE\r\n" + tag + b" OK done\r\n"
    return tag + b" BAD unknown\r\n"


def listen(family, port):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    listener.listen(512)
    listener.setblocking(False)
    return listener


def accept(listener, selector, asked):
    connection, _ = listener.accept()
    address, port = connection.getsockname()[:2]
    connection.setblocking(False)
    if port != 143:
        os.write(asked, (address + "\n").encode("ascii"))
    connection.sendall(OTHER_GREETING if port != 143 and address.startswith(OTHER) else GREETING)
    selector.register(connection, selectors.EVENT_READ, converse)


def converse(connection, selector, _):
    try:
        data = connection.recv(4096)
    except OSError:
        data = b""
    try:
        for line in data.splitlines():
            connection.sendall(answer(line))
    except OSError:
        data = b""
    if not data or b"LOGOUT" in data.upper():
        selector.unregister(connection)
        connection.close()


def serve(number, asked, ready):
    """Every third of the ports; where nobody but IPv6 is served, those of IPv4 refuse."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)  # which is some thousand ports for each
    selector = selectors.EpollSelector()
    listeners = [listen(socket.AF_INET6, port) for port in CANARIES[number::PROCESSES]]
    if number == 0:
        listeners += [listen(socket.AF_INET, 143), listen(socket.AF_INET6, 143)]
    for listener in listeners:
        selector.register(listener, selectors.EVENT_READ, accept)
    os.write(ready, b"x")
    while True:
        for key, _ in selector.select():
            try:
                key.data(key.fileobj, selector, asked)
            except OSError:
                pass


class Asked:
    """Which addresses were asked a port that nobody uses, as the servers tell."""

    def __init__(self):
        self.reading, self.writing = os.pipe()
        self.addresses, self.wanted, self.reached = [], None, threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        with os.fdopen(self.reading, encoding="ascii") as lines:
            for line in lines:
                self.addresses.append(line.strip())
                if self.wanted is not None and len(self.addresses) >= self.wanted:
                    self.reached.set()


def scan_words(mailcensus, database, *words):
    return [mailcensus, "scan", "--database", database, "--open", "loopback", "--open", "unique-local", "--ports", "143", "--rate", "2000", "--per-address", "64", "--window", "60",
            "--gap", "0", "--seed", "7", "--progress", "none", *words]


def hosts_of(mailcensus, database):
    """Lines of services by prefix; those of canaries apart."""
    done = subprocess.run([mailcensus, "export", "--database", database], capture_output=True, text=True, check=True)
    services, canaries = {HOSTER: [], TRAP: [], OTHER: []}, {HOSTER: [], TRAP: [], OTHER: []}
    for line in map(json.loads, done.stdout.splitlines()):
        prefix = next(prefix for prefix in services if line["address"].startswith(prefix))
        (services if line["port"] == 143 else canaries)[prefix].append(line)
    return services, canaries


def check_census(mailcensus, database, what):
    services, canaries = hosts_of(mailcensus, database)
    for prefix, name in ((HOSTER, "a hoster's"), (OTHER, "one that says something else")):
        wrong = [line for line in services[prefix] if (line["verdict"], line["host"]["verdict"]) != ("no-tls", "host-no-tls")]
        check(len(services[prefix]) == 256 and not wrong, f"{what}: {name} are what they are", wrong[:1])
    wrong = [line for line in services[TRAP] if (line["verdict"], line["host"]["verdict"], line["cleartext_login"]) != ("false-host", "host-false", "unknown") or line["findings"]
             or [finding["id"] for finding in line["host"]["findings"]] != ["accepts-everything"] or "nobody uses" not in line["host"]["findings"][0]["evidence"]
             or line["greeting"] != GREETING.decode().strip()]
    check(len(services[TRAP]) == 256 and not wrong, f"{what}: a trap's are none, and the evidence is kept", wrong[:1])
    check(len(canaries[TRAP]) == 256 and not canaries[HOSTER] and 1 <= len(canaries[OTHER]) <= 3, f"{what}: each of them by its own canary, of the others no more than a sample",
          {prefix: len(lines) for prefix, lines in canaries.items()})


def main():
    mailcensus = os.path.abspath(sys.argv[1])
    namespace.enter()
    for prefix in TARGETS[1:]:
        subprocess.run(["ip", "-6", "route", "add", "local", prefix, "dev", "lo"], check=True)
    asked = Asked()
    ready, is_ready = os.pipe()
    servers = [multiprocessing.Process(target=serve, args=(number, asked.writing, is_ready), daemon=True) for number in range(PROCESSES)]
    for server in servers:
        server.start()
    for _ in servers:
        os.read(ready, 1)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed, without = (os.path.join(folder, name) for name in ("whole.db", "killed.db", "without.db"))
        done = subprocess.run([*scan_words(mailcensus, whole), *TARGETS], capture_output=True, text=True)
        check(done.returncode == 0 and "3 prefixes look alike on all addresses: 262 connections more, 256 hosts are no mail servers" in done.stderr, "the scan says so", done.stderr)
        check_census(mailcensus, whole, "whole")
        check(sorted(set(asked.addresses)) == sorted(asked.addresses), "nobody is asked twice", len(asked.addresses))
        listed = json.loads(subprocess.run([mailcensus, "list", "--json", "--database", whole], capture_output=True, text=True, check=True).stdout)
        check(listed["connections"] >= 768 + 262, "their connections are counted", listed)
        counted = subprocess.run([mailcensus, "stats", "--database", whole], capture_output=True, text=True, check=True).stdout
        check("fd00:31::/64  uniform-prefix: 256 of 256 hosts" in counted and "of 256 a canary proved that they are no mail servers" in counted, "stats tells how it is known", counted)
        report = subprocess.run([mailcensus, "report", "--format", "cef", "--database", whole], capture_output=True, text=True, check=True).stdout
        check(report.count("\n") == 512 and TRAP not in report, "no report has them as mail servers", report.count("\n"))

        asked.addresses.clear()
        asked.wanted = 100
        process = subprocess.Popen([*scan_words(mailcensus, killed, "--quiet", "--rate", "300"), *TARGETS])
        while process.poll() is None and not asked.reached.wait(0.05):
            pass
        process.send_signal(signal.SIGKILL)
        check(process.wait() == -signal.SIGKILL, "killed among the canaries", process.returncode)
        first, asked.wanted = set(asked.addresses), None
        kept = {line["address"] for lines in hosts_of(mailcensus, killed)[1].values() for line in lines}
        asked.addresses.clear()
        done = subprocess.run(scan_words(mailcensus, killed, "--resume"), capture_output=True, text=True)
        check(done.returncode == 0, "and resumed", done.stderr)
        check_census(mailcensus, killed, "killed")
        again = kept & set(asked.addresses)
        check(50 < len(kept) <= len(first) < 256 and not again, f"the {len(kept)} that were kept are not asked again", again)
    for server in servers:
        server.terminate()
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
