#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus resolve` asks a name server of our own for the addresses of a small census: what it keeps, also when it is killed, and what reports make of hostile names.

Everything happens inside a network namespace of its own that has nothing but a loopback device.
usage: resolve_test.py MAILCENSUS RESPONDER
"""
import csv
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import name_server  # noqa: E402
import namespace  # noqa: E402

KILLS = 5
HOSTILE = [(b"<script>alert(1)</script>", b"example"), (b"=cmd|' /C calc'!A0", b"example"), (b"a\r\nX-Injected: 1", b"example"), (b"\x1b[2J\x1b]0;evil\x07", b"example"),
           (b"a,\"b\";c", b"example"), (b"dot.inside", b"example"), (b"\xe2\x80\xaeevil", b"example"), (b"under_score", b"example"), (b"nul\0nul", b"example"), (b"192", b"0", b"2", b"1"), ()]
REPORTER = ("--organization", "Example CERT", "--contact", "census@example.org", "--domain", "example.org")
FORMATS = ("intelmq", "jsonl", "html", "markdown", "zgrab2", "stix", "cef", "xarf", "openmetrics")
failures = 0
count = 0


def check(condition, what, detail=""):
    global failures, count
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail:
        print("# " + str(detail)[:1500].replace("\n", "\n# "), flush=True)


class Zone:
    """What 127.30.0.N is called goes by N modulo 8; is_well: what fails else has a name too."""

    def __init__(self):
        self.is_well = False

    def __call__(self, question, kind, times):
        parts = question.split(".")
        if kind == name_server.PTR and question.endswith(".0.30.127.in-addr.arpa"):
            return self.names(int(parts[0]), times)
        if kind == name_server.A and parts[0][:4] in ("host", "long", "late") and parts[0][4:].isdigit():
            return [bytes([127, 30, 0, int(parts[0][4:])])]
        if kind == name_server.A and parts[0] == "elsewhere":
            return [bytes([127, 30, 1, 1])]
        return name_server.NXDOMAIN

    def names(self, number, times):
        name = lambda text: name_server.name(f"{text}{number}.example")  # noqa: E731
        return [lambda: [name("HOST")], lambda: [name_server.name("elsewhere.example")], lambda: name_server.NXDOMAIN, lambda: [],
                lambda: [name_server.labels(*parts) for parts in HOSTILE],
                lambda: [name_server.name("a.example"), name("Long"), *(name_server.labels(*parts) for parts in HOSTILE)],
                lambda: [name("late")] if self.is_well else name_server.SERVFAIL,
                lambda: [name("host")] if times else name_server.SERVFAIL][number % 8]()


def expected(number, is_well=False):
    """outcome, name, confirmed, names, unusable."""
    return [("found", f"host{number}.example", "yes", 1, 0), ("found", "elsewhere.example", "no", 1, 0), ("none", None, "unknown", 0, 0), ("none", None, "unknown", 0, 0),
            ("unusable", None, "unknown", len(HOSTILE), len(HOSTILE)), ("found", f"long{number}.example", "yes", len(HOSTILE) + 2, len(HOSTILE)),
            ("found", f"late{number}.example", "yes", 1, 0) if is_well else ("failed", None, "unknown", 0, 0), ("found", f"host{number}.example", "yes", 1, 0)][number % 8]


def table(database, is_well=False):
    """The rows by the last byte of their address, and whether they are as they should be."""
    connection = sqlite3.connect(database)
    rows = {int(address.split(".")[3]): tuple(rest) for address, *rest in
            connection.execute("SELECT address, outcome, hostname, is_confirmed, names, unusable FROM hostname_view WHERE source = 'ptr'")}
    connection.close()
    return rows, [(number, rows.get(number), expected(number, is_well)) for number in range(256) if rows.get(number) != expected(number, is_well)]


class Program:
    def __init__(self, path, server):
        self.path, self.server = path, server

    def words(self, database, *words):
        return [self.path, "resolve", "--database", database, "--dns-server", self.server.location, "--rate", "1000", "--timeout", "0.5", "--progress", "none", *words]

    def run(self, *words):
        return subprocess.run([self.path, *words], capture_output=True, timeout=120)

    def resolve(self, database, *words):
        done = subprocess.run(self.words(database, *words), capture_output=True, text=True, timeout=120)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    def end_after(self, questions, database, how, *words):
        """Ends a run after so many questions; its exit code."""
        reached = self.server.after(questions)
        process = subprocess.Popen(self.words(database, "--quiet", *words))
        while process.poll() is None and not reached.wait(0.05):
            pass
        process.send_signal(how)
        return process.wait()


def check_runs(program, zone, folder, scanned):
    whole = os.path.join(folder, "whole.db")
    shutil.copy(scanned, whole)
    code, counts, said = program.resolve(whole, "--json")
    rows, wrong = table(whole)
    check(code == 3 and not wrong and len(rows) == 256, "every address has its row, as the zone says", wrong[:5] or said)
    check(counts["addresses"] == 256 and counts["found"] == 128 and counts["confirmed"] == 96 and counts["unconfirmed"] == 32 and counts["none"] == 64 and counts["unusable"] == 32
          and counts["unusable_names"] == 64 * len(HOSTILE) and counts["failed"] == 32 and counts["left"] == 0 and counts["known"] == 0, "the counts are these", counts)
    check("go on with: mailcensus resolve" in said, "what is not answered is said, and how to go on", said)
    before = dict(program.server.asked)
    code, counts, said = program.resolve(whole, "--json")
    again = {question for question, times in program.server.asked.items() if times != before.get(question)}
    check(code == 3 and counts["known"] == 224 and counts["failed"] == 32 and not table(whole)[1], "again, only what failed is asked", counts)
    check(len(again) == 32 and all(int(question.split(".")[0]) % 8 == 6 for question, _ in again), "and nothing else", again)
    age(whole, "127.30.0.8", 8 * 86400)
    age(whole, "127.30.0.16", 6 * 86400)
    zone.is_well = True
    code, counts, said = program.resolve(whole, "--json")
    check(code == 0 and counts["found"] == 33 and counts["known"] == 223 and not table(whole, True)[1], "what is too old is asked again, and failures become names", counts or said)
    zone.is_well = False
    age(whole, "127.30.0.6", 8 * 86400)
    code, counts, said = program.resolve(whole, "--json")
    check(code == 3 and counts["failed"] == 1 and not table(whole, True)[1], "a failure does not take the place of an answer", counts or said)
    return whole


def age(database, address, seconds):
    connection = sqlite3.connect(database)
    changed = connection.execute("UPDATE hostname SET looked_up_at = looked_up_at - ? WHERE address = ?", (seconds * 1000, socket.inet_aton(address))).rowcount
    connection.commit()
    connection.close()
    if changed != 1:
        raise SystemExit(f"not ok - {address} has no row")


def check_kills(program, folder, scanned):
    killed, problems, codes = os.path.join(folder, "killed.db"), [], []
    shutil.copy(scanned, killed)
    for _ in range(KILLS):
        known = {number for number, row in table_of(killed).items() if row[0] != "failed"}
        before = dict(program.server.asked)
        # Slow enough that a second passes, in which something is committed.
        codes.append(program.end_after(70, killed, signal.SIGKILL, "--rate", "60"))
        problems += [question for question, times in program.server.asked.items() if times != before.get(question) and question[1] == name_server.PTR
                     and int(question[0].split(".")[0]) in known]
    kept = len(table_of(killed))
    check(codes == [-signal.SIGKILL] * KILLS and 0 < kept < 256, f"killed {KILLS} times, with {kept} of 256 kept", codes)
    check(not problems, "what was kept is not asked for again", problems[:5])
    code, counts, said = program.resolve(killed, "--json")
    check(code == 3 and not table(killed)[1] and counts["known"] + counts["found"] + counts["none"] + counts["unusable"] + counts["failed"] == 256,
          "and the table is the same in the end", table(killed)[1][:5] or said)
    stopped = os.path.join(folder, "stopped.db")
    shutil.copy(scanned, stopped)
    code, kept = program.end_after(30, stopped, signal.SIGTERM, "--rate", "60"), len(table_of(stopped))
    check(code == 3 and 0 < kept < 256, "one that is stopped says that something is left, and keeps what it has", (code, kept))


def table_of(database):
    try:
        return table(database)[0]
    except sqlite3.OperationalError:
        return {}


def check_scopes(program, folder, scanned):
    few = os.path.join(folder, "few.db")
    shutil.copy(scanned, few)
    code, counts, said = program.resolve(few, "--json", "--without-tls")
    check(code == 0 and counts["addresses"] == 128 and all(number % 2 for number in table(few)[0]), "only hosts without TLS", counts or said)
    code, counts, said = program.resolve(few, "--json")
    check(counts["addresses"] == 256 and counts["known"] >= 96, "then all that speak mail", counts or said)


def check_reports(program, folder, database):
    def output(*words):
        done = program.run(*words, "--database", database)
        if done.returncode != 0:
            check(False, f"{' '.join(words)} works", done.stderr)
        return done.stdout

    texts = {form: output("report", "--format", form, *REPORTER) for form in FORMATS}
    texts["export"] = output("export")
    texts["show --json"] = output("show", "--json")
    texts["show"] = output("show", "127.30.0.5")
    texts["show unnamed"] = output("show", "127.30.0.4")
    output("report", "--format", "shadowserver", "--output", os.path.join(folder, "files"))
    rows = []
    for name in sorted(os.listdir(os.path.join(folder, "files"))):
        path = os.path.join(folder, "files", name)
        texts[name] = open(path, "rb").read()
        if "-scan_imap-" in name:
            rows = list(csv.DictReader(open(path, encoding="utf-8", newline="")))
    poison = [b"alert(1)", b"=cmd", b"X-Injected", b"\x1b", b"]0;evil", b"a,\"b\"", b"dot.inside", "\u202eevil".encode(), b"under_score", b"nul\0"]
    poisoned = [(name, one) for name, text in texts.items() for one in poison if one in text]
    check(not poisoned, f"nothing of a hostile name is in any of {len(texts)} outputs", poisoned)
    names = {int(row["ip"].split(".")[3]): (row["hostname"], row["hostname_source"]) for row in rows}
    wanted = {number: (expected(number, True)[1] or "", "ptr" if expected(number, True)[1] else "") for number in range(256)}
    check(names == wanted, "Shadowserver's columns have the names and where they are from", [(n, names.get(n), wanted[n]) for n in range(256) if names.get(n) != wanted[n]][:5])
    for form in ("jsonl", "export", "show --json"):
        lines = [json.loads(line) for line in texts[form].splitlines()]
        wrong = [line["address"] for line in lines if not is_right_line(line)]
        check(len(lines) == 256 and not wrong, f"{form} has name, source, whether it is confirmed, and when it was asked", wrong[:5])
    events = {json.loads(line)["source.ip"]: json.loads(line).get("source.reverse_dns") for line in texts["intelmq"].splitlines()}
    check(all(events[f"127.30.0.{number}"] == expected(number, True)[1] for number in range(256)), "IntelMQ has them as reverse_dns", events.get("127.30.0.5"))
    check(texts["cef"].count(b" shost=host") == 64 and texts["cef"].count(b" shost=") == 160, "CEF has them as shost", texts["cef"][:300])
    shown = b" ".join(texts["show"].split())
    check(b"host name long5.example" in shown and b"leads back" in shown and b"host name" not in texts["show unnamed"], "show tells the name and whether it leads back", texts["show"])
    check(b"does not lead back" in output("show", "127.30.0.1"), "and when it does not")


def is_right_line(line):
    outcome, name, confirmed, names, unusable = expected(int(line["address"].split(".")[3]), True)
    lookup = line["hostname_lookup"]
    return (line["hostname"], line["hostname_source"], line["hostname_confirmed"]) == (name, "ptr" if name else None, {"yes": True, "no": False, "unknown": None}[confirmed]) and \
        (lookup["outcome"], lookup["names"], lookup["unusable"]) == (outcome, names, unusable) and lookup["at"].endswith("Z")


def check_trouble(program, folder, scanned):
    none = os.path.join(folder, "none.db")
    code, _, said = program.resolve(none)
    check(code == 1 and not os.path.exists(none), "a database that is not there is not made", said)
    deaf = os.path.join(folder, "deaf.db")
    shutil.copy(scanned, deaf)
    done = program.run("resolve", "--database", deaf, "--dns-server", "127.0.0.9:9", "--timeout", "0.1", "--tries", "1", "--progress", "none")
    check(done.returncode == 1 and b"--dns-server" in done.stderr, "a name server that is not there is told", done.stderr)
    check({row[0] for row in table(deaf)[0].values()} == {"failed"}, "and is no reason to say that there are no names", table(deaf)[0])
    for words, what in ((("--rate", "5000"), b"1000"), (("--all", "--without-tls"), b"--all"), (("--timeout", "0"), b"--timeout"), (("--dns-server", "nonsense"), b"192.0.2.53"),
                        (("--census", "9"), b"no census 9")):
        done = program.run("resolve", "--database", scanned, *words)
        check(done.returncode in (1, 2) and what in done.stderr, f"called wrongly: {' '.join(words)}", done.stderr)


def check_merge(program, folder, whole):
    merged = os.path.join(folder, "merged.db")
    done = program.run("merge", merged, whole)
    check(done.returncode == 0 and table(merged)[0] == table(whole)[0], "names are merged too", done.stderr)
    age(merged, "127.30.0.0", 86400)
    done = program.run("merge", merged, whole)
    connections = [sqlite3.connect(path) for path in (merged, whole)]
    times = [connection.execute("SELECT looked_up_at FROM hostname_view WHERE address = '127.30.0.0'").fetchone() for connection in connections]
    check(done.returncode == 0 and times[0] == times[1], "and the later answer stays, however often", (done.stderr, times))


def scan(program, database, *words):
    subprocess.run([program.path, "scan", "--database", database, "--open", "loopback", "--ports", "143", "--rate", "20000", "--per-address", "64", "--window", "60", "--gap", "0",
                    "--seed", "7", "--progress", "none", "--quiet", *words], check=True)


def main():
    mailcensus, responder_path = map(os.path.abspath, sys.argv[1:3])
    namespace.enter()
    zone = Zone()
    program = Program(mailcensus, name_server.NameServer(zone))
    with tempfile.TemporaryDirectory() as folder:
        scanned, named = os.path.join(folder, "scanned.db"), os.path.join(folder, "named.db")
        responder = subprocess.Popen([responder_path, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
        try:
            responder.stdout.readline()
            scan(program, scanned, "127.30.0.0/24")
            zone.is_well = True
            scan(program, named, "--reverse-dns", "--dns-server", program.server.location, "127.30.0.8/29")
            zone.is_well = False
        finally:
            responder.terminate()
            responder.wait()
        rows = table(named)[0]
        check(rows == {number: expected(number, True) for number in range(8, 16)}, "a scan with --reverse-dns ends with the names", rows)
        check_trouble(program, folder, scanned)
        program.server.asked.clear()
        whole = check_runs(program, zone, folder, scanned)
        check_reports(program, folder, whole)
        check_merge(program, folder, whole)
        check_scopes(program, folder, scanned)
        program.server.asked.clear()
        check_kills(program, folder, scanned)
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
