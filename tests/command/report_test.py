#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus report` as a command: every format of a small database, what stays when it fails, wrong calls.

usage: report_test.py MAILCENSUS FACTS_DATABASE
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

NUMBER = 0
FAILED = 0
REPORTER = ("--organization", "Example CERT", "--contact", "census@example.org", "--domain", "example.org")


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def main():
    mailcensus, filler = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        database = str(folder / "facts.db")
        subprocess.run([filler, database], check=True)
        (folder / "whose.csv").write_text("prefix,country,asn,as_name\n192.0.2.0/24,NZ,64511,Example Isle\n", encoding="ascii")

        def run(*words):
            return subprocess.run([mailcensus, "report", *words, "--database", database, "--attribution", f"csv:{folder / 'whose.csv'}"],
                                  capture_output=True, text=True, timeout=120)

        listed = subprocess.run([mailcensus, "help", "report"], capture_output=True, text=True, check=True).stdout
        formats = re.findall(r"^  ([a-z0-9]+)  +\S", listed.split("Formats:")[1], re.MULTILINE)
        say(len(formats) == 11, "help lists the formats", formats)
        for form in formats:
            path = folder / f"out-{form}"
            done = run("--format", form, "--output", str(path), *REPORTER)
            say(done.returncode == 0 and path.exists() and done.stdout == "", f"{form} is written", done.stderr)
            if path.is_file():
                say(run("--format", form, *REPORTER).stdout == path.read_text(encoding="utf-8"), f"{form}: stdout has the same")
        rows = list(csv.DictReader(open(folder / "out-shadowserver" / "2026-11-23-scan_imap-mailcensus-all.csv", encoding="utf-8", newline="")))
        say([(row["ip"], row["port"], row["asn"], row["geo"], row["handshake"]) for row in rows]
            == [("192.0.2.1", "143", "64511", "NZ", "TLSv1.2"), ("192.0.2.2", "143", "64511", "NZ", "TLSv1.2")], "rows have the attribution that was given", rows)
        events = [json.loads(line) for line in (folder / "out-intelmq").read_text(encoding="utf-8").splitlines()]
        say(len(events) == 3 and {event["source.as_name"] for event in events} == {"Example Isle"}, "an event for each mail service", events)
        exported = subprocess.run([mailcensus, "export", "--format", "jsonl", "--all", "--database", database, "--attribution", f"csv:{folder / 'whose.csv'}"],
                                  capture_output=True, text=True, check=True).stdout
        say((folder / "out-jsonl").read_text(encoding="utf-8") == exported, "jsonl is what export writes")
        say(not list(folder.rglob(".mailcensus-*")), "nothing is left beside")

        done = run("--format", "html", "--output", str(folder / "out-shadowserver"))
        say(done.returncode == 1 and "directory" in done.stderr, "one file does not replace a directory", done)
        done = run("--format", "cef", "--output", str(folder / "none" / "here"))
        say(done.returncode == 1 and done.stderr.strip(), "no such directory", done)
        full = run("--format", "jsonl", "--output", "/dev/full/x")
        say(full.returncode == 1, "no directory at all", full)
        with open("/dev/full", "w", encoding="ascii") as nowhere:
            done = subprocess.run([mailcensus, "report", "--format", "html", "--database", database], stdout=nowhere, stderr=subprocess.PIPE, timeout=60)
        say(done.returncode == 1, "a full disk is noticed", done)
        for words, what in ((("--format", "pdf"), "no format"), ((), "--format"), (("--format", "shadowserver"), "--output"), (("--format", "xarf"), "--organization"),
                            (("--format", "cef", "--zip"), "--zip")):
            done = run(*words)
            say(done.returncode == 2 and what in done.stderr, f"called wrongly: {' '.join(words)}", done)
    print(f"1..{NUMBER}")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
