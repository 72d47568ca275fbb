#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus check` as people and programs call it: wrong calls, exit codes, forms of the report, against small servers on loopback.

Runs in a network namespace of its own with only loopback.
usage: check_test.py MAILCENSUS SCHEMA
"""
import json
import os
import pty
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

BAD, GOOD, REQUIRED, HOSTILE, SILENT, EMPTY = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.9"
# A fake of everything that could steer a terminal or end a line of a monitoring system early.
NASTY = b"\x1b]0;owned\x07\x1b[2J \xe2\x80\xae|load=1 \xff\xfe ready"


class Imap(socketserver.StreamRequestHandler):
    """Never lets anybody in. The server's `words` are what it announces; `context` is for STARTTLS, or for TLS at once."""

    def setup(self):
        self.server.connections += 1
        if self.server.context is not None and self.server.is_implicit:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        if self.server.is_silent:
            time.sleep(30)
            return
        self.wfile.write(b"* OK [CAPABILITY " + self.server.words + b"] " + self.server.greeting + b"\r\n")
        while True:
            line = self.rfile.readline(4096)
            if not line:
                return
            tag, _, command = line.strip().partition(b" ")
            self.server.lines.append(command)
            if command == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY " + self.server.words + b"\r\n" + tag + b" OK done\r\n")
            elif command == b"STARTTLS" and self.server.context is not None and not self.server.is_implicit:
                self.wfile.write(tag + b" OK go\r\n")
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
            elif command == b"LOGOUT":
                self.wfile.write(b"* BYE bye\r\n" + tag + b" OK done\r\n")
                return
            else:
                self.wfile.write(tag + b" BAD unknown command\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, port, words=b"IMAP4rev1 AUTH=PLAIN", greeting=b"here", context=None, is_silent=False):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.words, self.greeting, self.context, self.is_implicit, self.is_silent = words, greeting, context, port == 993, is_silent
        self.connections, self.lines = 0, []
        super().__init__((address, port), Imap)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # hellos that we refuse, clients that leave


class Tests:
    def __init__(self, mailcensus, schema, folder):
        self.mailcensus, self.folder, self.number, self.failed = mailcensus, folder, 0, 0
        with open(schema, encoding="utf-8") as file:
            self.schema = json.load(file)

    def environment(self):
        # c-ares 1.18 forgets ten bytes of its own when it resolves "localhost"; nothing of ours is hidden by this.
        return dict(os.environ, LSAN_OPTIONS=f"suppressions={os.path.join(self.folder, 'lsan')}:print_suppressions=0", LC_ALL="C")

    def run(self, *words):
        run = subprocess.run([self.mailcensus, "check", *words], capture_output=True, stdin=subprocess.DEVNULL, cwd=self.folder, timeout=100, env=self.environment())
        return run.returncode, run.stdout.decode("utf-8"), run.stderr.decode("utf-8")

    def say(self, good, name, detail=""):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)
        if not good:
            print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="", flush=True)

    def expect(self, name, code, parts, *words, absent=()):
        """Exit code, and every part somewhere in what is said."""
        result = self.run(*words)
        said = result[1] + result[2]
        unwrapped = " ".join(said.split())
        good = result[0] == code and all(part in said or part in unwrapped for part in parts) and not any(part in said for part in absent) and "Sanitizer" not in said
        self.say(good, name, f"exit {result[0]}, wanted {code} and {parts} without {absent}:\n{said}")
        return result


def wrong_calls(tests):
    tests.expect("no host", 2, ["say what to check", "mail.example.org"])
    tests.expect("a prefix is for scan", 2, ["127.0.0.0/30", "mailcensus scan"], "127.0.0.0/30")
    tests.expect("a range is for scan", 2, ["one by one"], "127.0.0.1-127.0.0.3")
    tests.expect("a port that is none", 2, ["70000"], "127.0.0.1:70000")
    tests.expect("ports that are none", 2, ["--ports"], "--ports", "x", BAD)
    tests.expect("an unknown option", 2, ["--frobnicate", "--help"], "--frobnicate", BAD)
    tests.expect("a severity that is none", 2, ["low, medium"], "--fail-on", "bad", BAD)
    tests.expect("a finding that is none, with what it may mean", 2, ["no-tsl", "no-tls"], "--watch-for", "no-tsl", BAD)
    tests.expect("a finding that is like none", 2, ["there is no finding"], "--watch-for", "qqqqqqqqqqqqqqqq", BAD, absent=["did you mean"])
    tests.expect("two forms at once", 2, ["choose one"], "--json", "--user", BAD)
    tests.expect("thresholds the wrong way round", 3, ["MAILCENSUS UNKNOWN - ", "--warning"], "--nagios", "--warning", "high", "--critical", "low", BAD)
    tests.expect("no pause towards strangers", 2, ["--gap", "K-7"], "--gap", "0", "9.9.9.9")
    tests.expect("a source that is none", 2, ["--source"], "--source", "here", BAD)
    tests.expect("an exclusion list that is not there", 2, ["nowhere.txt"], "--exclude", "nowhere.txt", BAD)
    tests.expect("a trust store that is not there", 1, ["nowhere.pem"], "--trust-store", "nowhere.pem", BAD)
    tests.expect("fingerprints that are not there", 1, ["nowhere.tsv"], "--fingerprints", "nowhere.tsv", BAD)
    tests.expect("a wrong call in monitoring is unknown, not critical", 3, ["MAILCENSUS UNKNOWN - "], "--nagios", "127.0.0.0/8")


def not_looked_at(tests, servers):
    tests.expect("multicast is never contacted", 3, ["224.0.0.1 is not contacted", "multicast"], "224.0.0.1")
    tests.expect("documentation ranges neither", 3, ["not contacted", "--open documentation"], "192.0.2.1")
    with open(os.path.join(tests.folder, "opt-out.txt"), "w", encoding="ascii") as file:
        file.write("127.0.0.1\n")
    before = servers["bad"].connections
    tests.expect("who opted out is not contacted", 3, ["opt-out.txt"], "--opt-out", "opt-out.txt", BAD)
    tests.say(servers["bad"].connections == before, "and gets no connection")
    tests.expect("a name that no name server can be asked for", 3, ["nowhere.invalid", "--dns-server"], "--dns-server", "127.0.0.8:9", "nowhere.invalid")
    tests.expect("nothing accepts", 3, ["grade ?", "none of these ports accepts"], EMPTY)


def reports(tests, servers):
    code, text, _ = tests.expect("the answer comes first", 0, ["Can passwords be read? Yes", "port 143", "no-tls", "What to do now"], BAD, absent=["\x1b"])
    tests.say(text.startswith("127.0.0.1: grade F\n"), "with the grade", text[:200])
    long = [line for line in text.splitlines() if len(line) > 80 and not line.startswith("      ")]
    tests.say(code == 0 and not long, "within 80 columns, but for lines that are to be copied", long)
    tests.expect("advice can be left out", 0, ["no-tls"], "--no-advice", BAD, absent=["What to do now"])
    tests.expect("colour when asked for", 0, ["\x1b[1;31m"], "--color", "always", BAD)
    tests.expect("for a mail user", 0, ["Your password", "What you can do"], "--user", BAD, absent=["openssl", "RFC"])
    tests.expect("quiet", 0, [], "--quiet", BAD, absent=["grade"])
    tests.expect("TLS in detail", 0, ["TLS on port 993", "TLSv1.3", "refused: ", "mail.example.org", "self-signed", "post-quantum"], GOOD)
    tests.expect("no advice for the name when asked by address", 0, ["asked for by address"], GOOD)
    tests.expect("STARTTLS required", 0, ["tls-required"], "--depth", "standard", REQUIRED, absent=["Yes:"])
    tests.expect("a hostile greeting is escaped", 0, ["grade F"], HOSTILE, absent=["\x1b", "\x07", "\u202e"])
    tests.expect("several hosts begin with an overview", 0, ["GRADE  VERDICT", "127.0.0.1", "127.0.0.3"], "--depth", "verdict", BAD, REQUIRED)
    full = servers["good"].connections
    tests.expect("a port of one's own", 0, ["143"], "--depth", "verdict", f"{BAD}:143", absent=[" 993  "])
    tests.expect("a name, by all its addresses", 0, ["127.0.0.1", "::1", "localhost"], "--depth", "verdict", "localhost:143")
    before = servers["good"].connections
    tests.run(f"{GOOD}:993")
    used = servers["good"].connections - before
    tests.say(4 <= used <= 20 and full > 0, f"full depth keeps to its 20 connections ({used})")
    said = {line.split(b" ")[0] for server in servers.values() for line in server.lines}
    tests.say(not said & {b"LOGIN", b"AUTHENTICATE", b"USER", b"PASS", b"APOP", b"AUTH"}, "nothing that could be a login was sent", said)


def on_a_terminal(tests):
    """What a person sees: colour and progress, and neither where NO_COLOR is set."""
    def run(environment):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(tests.folder)
            os.execve(tests.mailcensus, [tests.mailcensus, "check", "--depth", "verdict", BAD], environment)
        said = b""
        try:
            while True:
                data = os.read(terminal, 65536)
                if not data:
                    break
                said += data
        except OSError:
            pass
        os.waitpid(child, 0)
        os.close(terminal)
        return said
    tests.say(b"\x1b[1;31m" in run(tests.environment()), "colour on a terminal")
    tests.say(b"\x1b[1;31m" not in run(dict(tests.environment(), NO_COLOR="1")), "none with NO_COLOR")


def json_report(tests):
    for name, words in (("of a bad host", [BAD]), ("of one with TLS", [GOOD]), ("of a hostile one", [HOSTILE]), ("of several, some not looked at", [BAD, "224.0.0.1", EMPTY])):
        code, text, complaint = tests.run("--json", *words)
        try:
            report = json.loads(text)
            problems = [] if jsonschema is None else [error.message for error in jsonschema.Draft202012Validator(tests.schema).iter_errors(report)]
        except ValueError as error:
            report, problems = None, [str(error)]
        tests.say(text.count("\n") == 1 and not problems and "\x1b" not in text, f"JSON {name} is as the schema says", f"exit {code} {complaint} {problems[:5]}")
    code, text, _ = tests.run("--json", BAD)
    host = json.loads(text)["hosts"][0]
    service = [service for service in host["services"] if service["port"] == 143][0]
    tests.say((code, host["grade"], service["verdict"], service["findings"][0]["id"]) == (0, "F", "no-tls", "no-tls"), "and tells the same", text[:400])
    tests.say(len(service["findings"][0]["advice"]) > 0, "with advice")


def monitoring(tests):
    code, text, _ = tests.expect("critical", 2, ["MAILCENSUS CRITICAL - 127.0.0.1 grade F: no-tls on 143 | grade=1;;;0;7 findings="], "--nagios", BAD)
    tests.say(text.count("\n") == 1 and text.count("|") == 1, "is one line with one bar", text)
    tests.expect("a threshold that is higher", 1, ["MAILCENSUS WARNING"], "--nagios", "--critical", "critical", BAD)
    tests.expect("nothing to measure is unknown", 3, ["MAILCENSUS UNKNOWN"], "--nagios", EMPTY)
    tests.expect("the days of a certificate", 1, ["days_left="], "--nagios", "--depth", "standard", "--critical", "critical", GOOD)
    code, text, _ = tests.run("--nagios", HOSTILE)
    tests.say(code == 2 and text.count("|") == 1 and re.fullmatch(r"[ -~]*\n", text) is not None, "a hostile greeting changes nothing", text)


def watching(tests):
    tests.expect("a finding that is there", 1, ["127.0.0.1: no-tls present"], "--watch-for", "no-tls", BAD)
    tests.expect("one that is not", 0, ["127.0.0.3: no-tls absent"], "--depth", "verdict", "--watch-for", "no-tls", REQUIRED)
    tests.expect("one for which nothing was measured", 3, ["could not be told"], "--watch-for", "no-tls", EMPTY)
    tests.expect("one that this depth does not measure", 3, ["sslv3-enabled could not be told"], "--depth", "verdict", "--watch-for", "sslv3-enabled", GOOD)
    tests.expect("the same at full depth", 0, ["sslv3-enabled absent"], "--watch-for", "sslv3-enabled", GOOD)
    tests.expect("several", 1, ["no-tls present", "preauth-open absent"], "--watch-for", "no-tls", "--watch-for", "preauth-open", BAD)
    tests.expect("a pipeline fails", 1, ["grade F"], "--fail-on", "medium", BAD)
    tests.expect("a pipeline goes on", 0, [], "--fail-on", "high", BAD)


def stopped(tests, servers):
    before = servers["silent"].connections
    running = subprocess.Popen([tests.mailcensus, "check", SILENT, BAD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tests.folder, env=tests.environment())
    while servers["silent"].connections == before and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    said, complaint = running.communicate(timeout=20)
    tests.say(running.returncode == 3 and "stopped" in said, "Ctrl-C tells what is known and exits with 3", f"exit {running.returncode}: {said}{complaint}")
    began = time.monotonic()
    tests.expect("a time limit", 3, ["What could not be told"], "--timeout", "1", f"{SILENT}:143")
    tests.say(time.monotonic() - began < 15, "is kept")


def certificate(folder):
    path = os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mail.example.org", "-addext", "subjectAltName=DNS:mail.example.org", "-days", "30", "-keyout", path + ".key", "-out", path],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, path + ".key")
    return context


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    namespace.enter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tests = Tests(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder)
        with open(os.path.join(folder, "lsan"), "w", encoding="ascii") as file:
            file.write("leak:libcares.so\n")
        context = certificate(folder)
        servers = {
            "bad": Server(BAD, 143), "six": Server("::1", 143), "good": Server(GOOD, 993, context=context),
            "required": Server(REQUIRED, 143, b"IMAP4rev1 STARTTLS LOGINDISABLED", context=context),
            "hostile": Server(HOSTILE, 143, greeting=NASTY), "silent": Server(SILENT, 143, is_silent=True),
        }
        wrong_calls(tests)
        not_looked_at(tests, servers)
        reports(tests, servers)
        on_a_terminal(tests)
        json_report(tests)
        monitoring(tests)
        watching(tests)
        stopped(tests, servers)
    print(f"1..{tests.number}")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
