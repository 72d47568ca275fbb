#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reports of other tools as targets, asked by our own probe, and each claim beside what was seen. Limits and exclusions hold for them as for any other target.

Everything happens inside a network namespace of its own that has nothing but a loopback device: even addresses have TLS, odd ones refuse it, on port 143 alone.
usage: compare_test.py MAILCENSUS RESPONDER MADE_DATABASE
"""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

TITLES = "timestamp,severity,ip,protocol,port,tag,ssl_version\n"
count = failures = 0


def check(condition, what, detail=""):
    global count, failures
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail != "":
        print("# " + str(detail)[:2000].replace("\n", "\n# "), flush=True)


class Tester:
    def __init__(self, mailcensus, maker, folder):
        self.mailcensus, self.maker, self.folder, self.number = mailcensus, maker, folder, 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def run(self, *words):
        done = subprocess.run([self.mailcensus, *words], capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def scan(self, database, *words, opens=True):
        words = [*(["--open", "loopback"] if opens else []), "--rate", "20000", "--per-address", "64", "--window", "60", "--gap", "0", "--no-wait", "--progress", "none", *words]
        return self.run("scan", "--database", database, *words)

    def compare(self, file, *words):
        code, output, said = self.run("compare", "--format", "jsonl", "--all", *words, file)
        if code != 0:
            raise SystemExit(said)
        lines = [json.loads(line) for line in output.splitlines()]
        return lines[:-1], lines[-1]


def targets(tester, *words):
    """What would be asked: {(first address, ports)}."""
    code, output, said = tester.scan(tester.path("unused.db"), "--dry-run", "--json", *words)
    return code, json.loads(output) if code == 0 else None, said


def shadowserver(rows):
    return TITLES + "".join(f'"2026-11-30 00:00:00",{severity},{address},tcp,{port},"imap",{version}\n' for address, port, severity, version in rows)


def check_targets(tester):
    formats = {
        "shadowserver.csv": shadowserver([("127.30.0.1", 143, "medium", ""), ("127.30.0.2", 143, "medium", "")]),
        "zgrab2.json": '{"ip":"127.30.0.1","port":143,"data":{"imap":{"status":"success"}}}\n{"ip":"127.30.0.2","port":143,"data":{"imap":{"status":"success"}}}\n',
        "masscan.list": "#masscan\nopen tcp 143 127.30.0.1 1\nopen tcp 143 127.30.0.2 1\nopen tcp 22 127.30.0.3 1\n",
        "masscan.json": '[\n{"ip":"127.30.0.1","ports":[{"port":143,"proto":"tcp","status":"open"}]},\n{"ip":"127.30.0.2","ports":[{"port":143,"proto":"tcp","status":"open"}]}\n]\n',
        "masscan.xml": '<?xml version="1.0"?>\n<nmaprun scanner="masscan">' + "".join(
            f'<host><address addr="127.30.0.{n}"/><ports><port protocol="tcp" portid="143"><state state="open"/></port></ports></host>' for n in (1, 2)) + "</nmaprun>\n",
        "zmap.csv": "saddr,sport\n127.30.0.1,143\n127.30.0.2,143\n",
    }
    for name, text in formats.items():
        code, plan, said = targets(tester, "--reported", tester.write(name, text))
        check(code == 0 and plan["hosts"] == 2, f"{name} names two targets", f"{code} {plan} {said}")
    check("1 rows are of other ports than --ports" in targets(tester, "--reported", tester.path("masscan.list"))[2], "rows of other ports are passed over, and it is said")
    code, plan, said = targets(tester, "--reported", tester.path("zmap.csv"), "--reported", tester.path("zgrab2.json"), "127.30.0.2-127.30.0.5")
    check(code == 0 and plan["hosts"] == 5, "several files and words are one scope", f"{plan} {said}")
    excluded = tester.write("excluded", "127.30.0.2\n")
    code, plan, said = targets(tester, "--reported", tester.path("zmap.csv"), "--exclude", excluded)
    check(code == 0 and plan["hosts"] == 1 and plan["excluded"] == 1, "exclusions hold for reported targets", f"{plan} {said}")
    code, _, said = tester.scan(tester.path("unused.db"), "--dry-run", "--reported", tester.path("zmap.csv"), opens=False)
    check(code == 2 and "loopback" in said, "special-purpose ranges stay closed", said)
    code, _, said = tester.scan(tester.path("unused.db"), "--dry-run", "--confirm-login", "--reported", tester.path("zmap.csv"))
    check(code == 2 and "--confirm-login is for hosts of your own" in said, "no login is begun on hosts that others named", said)
    code, _, said = tester.scan(tester.path("unused.db"), "--dry-run", "--reported", tester.write("rubbish", "hello\n"))
    check(code == 2 and "is no report that is known" in said and len(said.splitlines()) == 1, "what is no report is refused in a sentence", said)
    code, _, said = tester.scan(tester.path("unused.db"), "--dry-run", "--reported", tester.write("broken.csv", "saddr\nrubbish\n127.30.0.1\n"))
    check(code == 0 and "1 rows cannot be read and are passed over; the first is number 2" in said, "rows that cannot be read are counted", said)
    check(tester.run("scan", "--resume", "--reported", tester.path("zmap.csv"), "--database", tester.path("unused.db"))[0] != 0, "a resumed census takes no more targets")


def check_real(tester):
    """Claims, right and wrong, beside what was seen."""
    report = tester.write("claims.csv", shadowserver([("127.30.0.1", 143, "medium", ""), ("127.30.0.2", 143, "medium", ""), ("127.30.0.3", 143, "low", "TLSv1.2"), ("127.30.0.4", 143, "low", "TLSv1.2"),
                                                      ("127.30.0.5", 110, "medium", ""), ("127.30.0.6", 110, "low", "")]) + "rubbish,medium,no address,tcp,143,imap,\n")
    database = tester.path("real.db")
    code, _, said = tester.scan(database, "--reported", report)
    check(code == 0 and "6 of 6 hosts done" in said, "a scan of what was reported", said)
    lines, totals = tester.compare(report, "--database", database)
    found = {line["address"]: (line["claim"], line["outcome"], line["reason"]) for line in lines}
    check(found == {"127.30.0.1": ("without-tls", "agrees", None), "127.30.0.2": ("without-tls", "disagrees", "has-tls"), "127.30.0.3": ("with-tls", "disagrees", "without-tls"),
                    "127.30.0.4": ("with-tls", "agrees", None), "127.30.0.5": ("without-tls", "disagrees", "closed-now"), "127.30.0.6": ("open", "disagrees", "closed-now")},
          "each claim is confirmed or refuted", found)
    check((totals["claims"], totals["agrees"], totals["disagrees"], totals["not-verified"], totals["unreadable_rows"]) == (6, 2, 4, 0, 1), "and counted", totals)
    code, output, said = tester.run("compare", "--database", database, report)
    check(code == 0 and [line.split()[0] for line in output.splitlines() if line.startswith("127.")] == ["127.30.0.2", "127.30.0.3", "127.30.0.5", "127.30.0.6"], "the table lists each disagreement", output)
    check("all 6 2 4 0" in [" ".join(line.split()) for line in output.splitlines()] and "1 rows cannot be read" in said, "with the totals below", output + said)
    rows = list(csv.DictReader(io.StringIO(tester.run("compare", "--database", database, "--format", "csv", report)[1])))
    check([(row["address"], row["reason"]) for row in rows] == [("127.30.0.2", "has-tls"), ("127.30.0.3", "without-tls"), ("127.30.0.5", "closed-now"), ("127.30.0.6", "closed-now")], "CSV has the same", rows)


def check_made(tester):
    """What was not asked, or not told, is not verified."""
    database = tester.path("made.db")
    subprocess.run([tester.maker, database], text=True, check=True, timeout=60, input="""
census scope=192.0.2.0/29:110,143,993,995
service 192.0.2.1 143 slow
service 192.0.2.2 143 not-mail
service 192.0.2.3 110 closed
service 192.0.2.3 143 no-tls login=advertised protocol=imap
service 192.0.2.4 143 starttls-broken protocol=imap
service 192.0.2.5 110 no-tls login=advertised protocol=pop3
""")
    claims = shadowserver([(f"192.0.2.{n}", 143, "medium", "") for n in range(1, 7)] + [("192.0.2.9", 143, "medium", ""), ("192.0.2.3", 8143, "medium", "")])
    lines, totals = tester.compare(tester.write("made.csv", claims), "--database", database)
    found = {(line["address"][-1], line["port"]): (line["outcome"], line["reason"], line["asked"]) for line in lines}
    check(found == {("1", 143): ("not-verified", "could-not-tell", "asked"), ("2", 143): ("disagrees", "not-mail", "asked"), ("3", 143): ("agrees", None, "asked"),
                    ("4", 143): ("not-verified", "tls-uncertain", "asked"), ("5", 143): ("disagrees", "closed-now", "asked"), ("6", 143): ("disagrees", "closed-now", "asked"),
                    ("9", 143): ("not-verified", "not-asked", "out-of-scope"), ("3", 8143): ("not-verified", "not-asked", "other-port")}, "what was not seen proves nothing", found)
    check(totals["not_asked"]["out-of-scope"] == totals["not_asked"]["other-port"] == 1 and totals["not-verified"] == 4, "and is counted by its reason", totals)
    zmap = tester.write("plain.csv", "192.0.2.3\n192.0.2.5\n192.0.2.6\n192.0.2.9\n")
    found = {line["address"][-1]: (line["outcome"], line["reason"]) for line in tester.compare(zmap, "--database", database)[0]}
    check(found == {"3": ("agrees", None), "5": ("agrees", None), "6": ("disagrees", "closed-now"), "9": ("not-verified", "not-asked")}, "a claim without a port is about any", found)
    found = {line["address"][-1]: (line["outcome"], line["port"]) for line in tester.compare(zmap, "--database", database, "--port", "143")[0]}
    check(found == {"3": ("agrees", 143), "5": ("disagrees", 143), "6": ("disagrees", 143), "9": ("not-verified", 143)}, "with --port about that one", found)
    refused = tester.write("refused.json", '{"ip":"192.0.2.3","port":143,"data":{"imap":{"status":"connection-refused"}}}\n{"ip":"192.0.2.6","port":143,"data":{"imap":{"status":"connection-timeout"}}}\n'
                           '{"ip":"192.0.2.5","port":110,"data":{"imap":{"status":"success"}}}\n')
    found = [(line["outcome"], line["reason"]) for line in tester.compare(refused, "--database", database)[0]]
    check(found == [("disagrees", "open-now"), ("agrees", None), ("disagrees", "other-protocol")], "closed, open, and the other protocol", found)
    unfinished = tester.path("unfinished.db")
    subprocess.run([tester.maker, unfinished], text=True, check=True, timeout=60,
                   input="census scope=192.0.2.3:143 unfinished position=1\nopen 192.0.2.3\nservice 192.0.2.3 143 no-tls login=advertised protocol=imap\n")
    check([(line["outcome"], line["asked"]) for line in tester.compare(zmap, "--database", unfinished, "--port", "143")[0]][0] == ("not-verified", "unfinished"), "a host that is not done proves nothing")
    for what, code, words in (("no file", 2, []), ("two files", 2, [zmap, zmap]), ("a file that is not there", 1, [tester.path("nothing")]), ("no report", 1, [tester.path("rubbish")]),
                              ("no such census", 1, ["--census", "9", zmap])):
        got, _, said = tester.run("compare", "--database", database, *words)
        check(got == code, f"{what}: exit code {code}", f"{got} {said}")


def main():
    mailcensus, responder_path, maker = map(os.path.abspath, sys.argv[1:4])
    namespace.enter()
    with tempfile.TemporaryDirectory() as folder:
        tester = Tester(mailcensus, maker, folder)
        check_targets(tester)
        responder = subprocess.Popen([responder_path, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
        try:
            responder.stdout.readline()
            check_real(tester)
        finally:
            responder.terminate()
            responder.wait()
        check_made(tester)
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
