#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus report` as a command: every format of a small database, what stays when it fails, wrong calls.

usage: report_test.py MAILCENSUS FACTS_DATABASE
"""
import csv
import json
import pathlib
import re
import sqlite3
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


def by_contact(run, folder, database):
    contacts = folder / "contacts.csv"
    none = ("--contacts-directory", str(folder / "nothing"))

    def owners(rows, *words):
        contacts.write_text("match,contact,scope,source,expires,comment\n" + rows, encoding="ascii")
        output = folder / f"by-contact-{NUMBER}"
        done = run("--format", "shadowserver", "--by", "contact", "--contacts", str(contacts), *none, "--output", str(output), *words)
        say(done.returncode == 0, f"by contact: {rows!r}", done.stderr)
        found = {}
        for path in output.iterdir():
            with open(path, encoding="utf-8", newline="") as file:
                found.setdefault(re.sub("_[0-9a-f]{32}$", "", path.stem.rsplit("-", 1)[1]), set()).update(row["ip"] for row in csv.DictReader(file))
        return found, done.stderr

    found, _ = owners("192.0.2.1,abuse@one.lab,,,,\nAS64511,abuse@two.lab,,,,\n")
    say(found == {"abuse_one_lab": {"192.0.2.1"}, "abuse_two_lab": {"192.0.2.2"}}, "each owner has files of its own", found)
    found, told = owners("192.0.2.1,-,,,,\nCC:NZ,cert@nz.lab,,,,\n")
    say(found == {"cert_nz_lab": {"192.0.2.2"}} and "no file, as nobody may be told" in told, "whoever may not be told is in no file, and that is said", (found, told))
    found, _ = owners("192.0.2.1,abuse@one.lab,,,2027-01-01,\n", "--contacts-at", "2027-01-01")
    say(found == {"abuse_one_lab": {"192.0.2.1"}, "unknown": {"192.0.2.2"}}, "a day of expiry is still good; the others are unknown", found)
    found, _ = owners("192.0.2.1,abuse@one.lab,,,2027-01-01,\n", "--contacts-at", "2027-01-02")
    say(found == {"unknown": {"192.0.2.1", "192.0.2.2"}}, "who has expired is not told", found)
    for confirmed, owner in ((2, {"unknown", "abuse_name_lab"}), (1, {"unknown"}), (0, {"unknown"})):
        connection = sqlite3.connect(database)
        with connection:
            connection.execute("DELETE FROM hostname")
            connection.execute("INSERT INTO hostname VALUES (x'c0000201', 1, 0, 'mail.name.lab', ?, 1, 0, 0)", (confirmed,))
        connection.close()
        found, _ = owners(".name.lab,abuse@name.lab,,,,\n")
        say(set(found) == owner, f"a host's name leads to whoever owns the name only where it leads back: {confirmed}", found)
    contacts.write_text("match,contact\n192.0.2.1,\"abuse@one.lab,Second@one.lab\"\n192.0.2.2,-\nNZ,cert@nz.lab\n", encoding="ascii")
    events = [json.loads(line) for line in run("--format", "intelmq", "--contacts", str(contacts), *none).stdout.splitlines()]
    say({event["source.ip"]: (event.get("source.abuse_contact"), event.get("extra.contact_copy"), event.get("extra.contact_never")) for event in events}
        == {"192.0.2.1": ("abuse@one.lab,second@one.lab", "cert@nz.lab", None), "192.0.2.2": (None, None, True)}, "events have whom to tell", events)
    line = json.loads(run("--format", "jsonl", "--contacts", str(contacts), *none).stdout.splitlines()[0])
    say(line["contact"] == {"to": ["abuse@one.lab", "Second@one.lab"], "copy": ["cert@nz.lab"], "never": False, "match": "192.0.2.1/32", "source": None},
        "our own lines have whom to tell", line["contact"])
    say(run("--format", "xarf", *REPORTER, "--contacts", str(contacts), *none).stdout == run("--format", "xarf", *REPORTER).stdout,
        "XARF has no place for whom it goes to")
    output = str(folder / "no-contacts")
    done = run("--format", "shadowserver", "--by", "contact", *none, "--output", output)
    say(done.returncode == 1 and "no contact is known" in done.stderr and not list(pathlib.Path(output).glob("*")), "by contact without contacts", done)
    contacts.write_bytes(b"match,contact\n192.0.2.1,\x1b[2J@one.lab\n")
    done = run("--format", "shadowserver", "--by", "contact", "--contacts", str(contacts), *none, "--output", output)
    say(done.returncode == 1 and "contacts.csv: line 2" in done.stderr and "\x1b" not in done.stderr, "what is wrong in a file is told by its line", done)
    done = run("--format", "jsonl", "--contacts-at", "soon", "--contacts", str(contacts), *none)
    say(done.returncode == 2 and "--contacts-at" in done.stderr, "a date that is none", done)


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

        by_contact(run, folder, database)

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
