#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A whole scan as a person makes it: IPv6 and host names, exclusions at every step, shards, and reading back what was found.

Runs in a network namespace of its own with only loopback.
usage: scan_test.py MAILCENSUS RESPONDER
"""
import json
import os
import socketserver
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402
import socket  # noqa: E402

LAB = ["--open", "loopback", "--per-address", "64", "--window", "60", "--gap", "0", "--progress", "none", "--quiet"]


class Imap(socketserver.StreamRequestHandler):
    """IMAP without TLS, as RFC 9051 wants it otherwise."""

    def handle(self):
        self.server.peers.append(self.client_address[0])
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] here\r\n")
        for line in self.rfile:
            tag, _, command = line.strip().partition(b" ")
            if command == b"LOGOUT":
                self.wfile.write(b"* BYE bye\r\n" + tag + b" OK done\r\n")
                return
            self.wfile.write(tag + b" BAD unknown command\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.peers = []
        super().__init__(address, Imap)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Tests:
    def __init__(self, mailcensus, folder):
        self.mailcensus, self.folder, self.number, self.failed = mailcensus, folder, 0, 0

    def run(self, *words):
        # c-ares 1.18 forgets ten bytes of its own when it resolves "localhost"; nothing of ours is hidden by this.
        environment = dict(os.environ, LSAN_OPTIONS=f"suppressions={os.path.join(self.folder, 'lsan')}:print_suppressions=0")
        return subprocess.run([self.mailcensus, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=self.folder, timeout=60, env=environment)

    def services(self, database, *words):
        """The exported services of a scan with these words, by endpoint."""
        result = self.run("scan", *LAB, "--database", database, *words)
        if result.returncode != 0:
            return f"exit {result.returncode}: {result.stderr}"
        lines = self.run("export", "--format", "jsonl", "--database", database).stdout.splitlines()
        return {f"{service['address']} {service['port']}": service["verdict"] for service in map(json.loads, lines)}

    def expect(self, name, found, wanted):
        self.number += 1
        self.failed += found != wanted
        print(f"{'ok' if found == wanted else 'not ok'} {self.number} - {name}")
        if found != wanted:
            print(f"# {found!r}\n# instead of {wanted!r}")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    namespace.enter()
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(os.path.abspath(sys.argv[1]), folder)
        with open(os.path.join(folder, "lsan"), "w", encoding="ascii") as file:
            file.write("leak:libcares.so\n")
        six, four = Server(("::1", 143)), Server(("127.0.0.1", 143))
        tests.expect("an IPv6 address", tests.services("six.db", "::1"), {"::1 143": "no-tls"})
        tests.expect("an IPv6 prefix with ports", tests.services("prefix.db", "[::1/128]:143,110"), {"::1 143": "no-tls"})
        tests.expect("a host name, by all its addresses", tests.services("name.db", "localhost:143"), tests.services("both.db", "127.0.0.1:143", "[::1]:143"))
        six.peers.clear()
        with open(os.path.join(folder, "opt-out.txt"), "w", encoding="ascii") as file:
            file.write("# asked not to be scanned\n::/64\n")
        tests.expect("who opted out is not contacted", (tests.services("out.db", "--opt-out", "opt-out.txt", "::1", "127.0.0.1"), six.peers), ({"127.0.0.1 143": "no-tls"}, []))
        shards = [tests.services(f"shard{k}.db", "--keep-closed", "--seed", "5", "--shard", f"{k}/3", "--ports", "143", "127.0.0.0/28") for k in (1, 2, 3)]
        progress = [json.loads(tests.run("list", "--json", "--database", f"shard{k}.db").stdout)["hosts_done"] for k in (1, 2, 3)]
        tests.expect("three shards are the whole", (sum(progress), [len(shard) for shard in shards].count(1)), (16, 1))
        shown = tests.run("show", "--database", "six.db", "::1")
        tests.expect("show tells why and what was said", all(part in shown.stdout for part in ("no-tls", "m4 STARTTLS", "host-no-tls", "BAD unknown command")), True)
        replayed = tests.run("replay", "--database", "six.db", "[::1]:143")
        tests.expect("replay comes to the same", (replayed.returncode, "the same as in the census" in replayed.stdout), (0, True))
        saved = tests.run("replay", "--database", "six.db", "--save-scenario", "odd.scenario", "[::1]:143#1")
        again = tests.run("replay", os.path.join(folder, "odd.scenario"))
        tests.expect("a conversation becomes a scenario that holds", (saved.returncode, again.returncode, "as expected" in again.stdout), (0, 0, True))
        stats = json.loads(tests.run("stats", "--json", "--database", "both.db").stdout)
        tests.expect("stats count each host once", (stats["without_tls"]["any"], stats["offering"]["imap"]), (2, 2))
        four.shutdown()
        six.shutdown()
    print(f"1..{tests.number}")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
