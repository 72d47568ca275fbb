#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mailcensus trend: censuses in order of time with their denominators, what became of hosts in between, and a warning where numbers cannot be compared.

usage: trend_test.py MAILCENSUS MADE_DATABASE
"""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

SCOPE = "scope=192.0.2.0/28:110,143"
NO_TLS = "no-tls login=advertised protocol=imap"
REQUIRED = "tls-required login=denied proven protocol=imap leaf=1"
# The second one was begun first.
CENSUSES = f"""
census {SCOPE} started=1795000000000 option=--depth=verdict
service 192.0.2.1 143 {REQUIRED}
service 192.0.2.2 143 {NO_TLS}
service 192.0.2.3 143 {NO_TLS}
service 192.0.2.4 143 slow
census {SCOPE} started=1794000000000 option=--depth=verdict
service 192.0.2.1 143 {NO_TLS}
service 192.0.2.2 143 {NO_TLS}
service 192.0.2.5 143 not-mail
census {SCOPE} started=1796000000000 unfinished position=16 option=--depth=full
service 192.0.2.1 143 {NO_TLS}
"""
count = failures = 0


def check(condition, what, detail=""):
    global count, failures
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail != "":
        print("# " + str(detail)[:2000].replace("\n", "\n# "), flush=True)


def main():
    mailcensus, maker = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "made.db")
        subprocess.run([maker, database], input=CENSUSES, text=True, check=True, timeout=60)

        def run(*words, **environment):
            done = subprocess.run([mailcensus, "trend", "--database", database, *words], capture_output=True, text=True, timeout=60, env=dict(os.environ, **environment))
            return done.returncode, done.stdout, done.stderr

        code, output, said = run("--json")
        rows = json.loads(output)["censuses"]
        check(code == 0 and [row["census"] for row in rows] == [2, 1, 3], "in order of time", output + said)
        check([(row["hosts_answering"], row["hosts_untold"], row["hosts_mail"], row["hosts_without_tls"], row["without_tls_of_1000"]) for row in rows] ==
              [(3, 0, 2, 2, 1000.0), (4, 1, 3, 2, 666.7), (1, 0, 1, 1, 1000.0)], "hosts with their denominators", output)
        check(rows[0]["since_previous"] is None and rows[1]["since_previous"] ==
              {"new": 1, "gone": 1, "fixed": 1, "regressed": 0, "changed": 0, "cannot-say": 1, "unchanged": 1}, "what became of them", rows[1]["since_previous"])
        check(rows[2]["since_previous"]["regressed"] == 1 and rows[2]["since_previous"]["gone"] == 2, "and of those in the last one", rows[2]["since_previous"])
        check(rows[1]["differences"] == [] and rows[2]["differences"] == ["--depth: verdict then, full now"] and rows[2]["finished"] is False, "how they differ", rows[2]["differences"])
        code, output, said = run(LC_ALL="C.UTF-8")
        check(code == 0 and "census 3 is not like census 1: --depth: verdict then, full now" in output and "census 3 is not finished: 16 of 16 addresses" in output, "the table warns", output + said)
        check("\u2588\u2586\u2588" in output and "7" in run(LC_ALL="C")[1].split("with mail: ")[1][:1], "a line of signs in words that the terminal knows", output)
        check(["2", "2026-11-06", "16", "3", "0", "2", "2", "1000.0", "-", "-", "-", "-", "-", "-"] in [line.split() for line in output.splitlines()], "the first line has nothing before it", output)
        code, output, said = run("--format", "csv", "--last", "2")
        rows = list(csv.DictReader(io.StringIO(output)))
        check([(row["census"], row["hosts_fixed"], row["comparable"]) for row in rows] == [("1", "", ""), ("3", "0", "no")], "--last leaves out what was before", output + said)
        code, output, said = run("--no-changes", "--json")
        check([row["since_previous"] for row in json.loads(output)["censuses"]] == [None] * 3, "--no-changes")
        empty = os.path.join(folder, "empty.db")
        subprocess.run([maker, empty], input="", text=True, check=True, timeout=60)
        done = subprocess.run([mailcensus, "trend", "--database", empty], capture_output=True, text=True, timeout=60)
        check(done.returncode == 1 and "holds no census yet" in done.stderr, "a database without a census", done.stderr)
        check(run("words")[0] == 2, "words that nobody asked for")
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
