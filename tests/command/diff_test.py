#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mailcensus diff: every class of change out of made censuses, and never a guess where a census does not tell. In a file and in PostgreSQL the same.

usage: diff_test.py MAILCENSUS MADE_DATABASE
"""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

SCOPE = "scope=192.0.2.0/28:110,143,993"
NO_TLS = "no-tls login=advertised protocol=imap"
REQUIRED = "tls-required login=denied proven protocol=imap leaf=1"
OPTIONAL = "login-before-tls login=advertised proven protocol=imap leaf=1"
IMPLICIT = "implicit-tls proven leaf=1"
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
        self.mailcensus, self.maker, self.folder, self.made = mailcensus, maker, folder, 0

    def make(self, text, location=None):
        self.made += 1
        location = location or os.path.join(self.folder, f"{self.made}.db")
        subprocess.run([self.maker, location], input=text, text=True, check=True, timeout=60)
        return location

    def run(self, *words):
        done = subprocess.run([self.mailcensus, *words], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def diff(self, location, *words):
        """Services by (address, port), and the totals."""
        code, output, said = self.run("diff", "--database", location, "--format", "jsonl", "--only", "all", *words)
        if code != 0:
            raise SystemExit(said)
        lines = [json.loads(line) for line in output.splitlines()]
        return {(line["address"], line["port"]): line for line in lines[:-1]}, lines[-1]


def both(old, new, old_census=SCOPE, new_census=SCOPE):
    return f"census {old_census}\n{old}\ncensus {new_census}\n{new}\n"


CLASSES = both(f"""
service 192.0.2.1 143 {NO_TLS}
service 192.0.2.2 143 {NO_TLS}
service 192.0.2.2 993 closed
service 192.0.2.3 143 {REQUIRED}
service 192.0.2.4 143 {OPTIONAL}
service 192.0.2.5 143 {REQUIRED}
service 192.0.2.7 143 {REQUIRED}
service 192.0.2.8 143 {REQUIRED}
service 192.0.2.9 143 unknown
service 192.0.2.10 143 {REQUIRED} software=Dovecot/2.3.1
service 192.0.2.11 143 {NO_TLS}
service 192.0.2.11 110 {NO_TLS}
service 192.0.2.12 993 {IMPLICIT}
service 192.0.2.13 45000 false-host canary
service 192.0.2.13 143 {NO_TLS}
service 192.0.2.14 143 {NO_TLS}
""", f"""
service 192.0.2.1 143 {REQUIRED}
service 192.0.2.3 143 {NO_TLS}
service 192.0.2.4 143 {NO_TLS}
service 192.0.2.5 143 {REQUIRED}
service 192.0.2.6 143 {NO_TLS}
service 192.0.2.7 143 {REQUIRED.replace("leaf=1", "leaf=2")}
service 192.0.2.8 143 slow
service 192.0.2.9 143 {NO_TLS}
service 192.0.2.10 143 {REQUIRED} software=Dovecot/2.4.0
service 192.0.2.11 143 {REQUIRED}
service 192.0.2.12 143 {NO_TLS}
service 192.0.2.12 993 {IMPLICIT}
service 192.0.2.13 143 {NO_TLS}
service 192.0.2.14 143 {OPTIONAL}
""")
# By address: of the service on port 143, and of the host.
TRUTH = {1: ("fixed", "fixed"), 2: ("gone", "gone"), 3: ("regressed", "regressed"), 4: ("regressed", "regressed"), 5: ("unchanged", "unchanged"), 6: ("new", "new"),
         7: ("changed", "changed"), 8: ("cannot-say", "cannot-say"), 9: ("cannot-say", "cannot-say"), 10: ("changed", "changed"), 11: ("fixed", "changed"), 12: ("new", "regressed"),
         13: ("unchanged", "unchanged"), 14: ("changed", "changed")}


def check_classes(tester):
    location = tester.make(CLASSES)
    services, totals = tester.diff(location, "1", "2")
    found = {address: (services[f"192.0.2.{address}", 143]["change"], services[f"192.0.2.{address}", 143]["host_change"]) for address in TRUTH}
    check(found == TRUTH, "each class is told", {key: (found[key], TRUTH[key]) for key in TRUTH if found[key] != TRUTH[key]})
    check(set(services) == {(f"192.0.2.{address}", 143) for address in TRUTH} | {("192.0.2.11", 110), ("192.0.2.12", 993)}, "closed ports and canaries are no services", sorted(services))
    check(services["192.0.2.11", 110]["change"] == "gone", "a port that went away beside one that was fixed is gone")
    hosts = {name: sum(host == name for _, host in TRUTH.values()) for name in totals["hosts"]}
    check(totals["hosts"] == hosts, "hosts are counted once", totals["hosts"])
    check(sum(totals["services"].values()) == len(services), "every service is in one class", totals["services"])
    check(services["192.0.2.7", 143]["details"] == ["certificate"] and services["192.0.2.10", 143]["details"] == ["software"] and totals["changed"]["certificate"] == 1,
          "certificate and software are told as such", services["192.0.2.7", 143]["details"])
    check(services["192.0.2.8", 143]["why"] == "the new census could not tell" and services["192.0.2.9", 143]["why"] == "the old census could not tell" and
          totals["cannot_say_because"]["new"]["untold"] == totals["cannot_say_because"]["old"]["untold"] == 1, "who could not tell is named", totals["cannot_say_because"])
    check(tester.diff(location)[1]["hosts"] == hosts, "without numbers the two newest are compared")
    backwards = tester.diff(location, "2", "1")[0]
    check(backwards["192.0.2.1", 143]["change"] == "regressed" and backwards["192.0.2.2", 143]["change"] == "new", "the order of both matters")


def check_formats(tester):
    location = tester.make(CLASSES)
    code, output, said = tester.run("diff", "--database", location, "--format", "csv", "1", "2")
    rows = list(csv.DictReader(io.StringIO(output)))
    check(code == 0 and {row["change"] for row in rows} == {"new", "gone", "fixed", "regressed", "changed", "cannot-say"} and all(None not in row.values() for row in rows),
          "CSV has all but what is unchanged", output + said)
    check([(row["old"], row["new"]) for row in rows if row["address"] == "192.0.2.2"] == [("no-tls", "closed")], "verdicts stand side by side", output)
    code, output, said = tester.run("diff", "--database", location, "--list", "--only", "regressed,fixed", "1", "2")
    lines = [line.split()[0] for line in output.splitlines() if line.startswith("192.0.2.")]
    check(code == 0 and lines == ["192.0.2.1", "192.0.2.3", "192.0.2.4", "192.0.2.11"], "--list with --only has only those", output + said)
    words = [" ".join(line.split()) for line in output.splitlines()]
    check("regressed 3 2" in words and "cannot-say 2 2" in words, "the table has hosts and services", output)
    owners = os.path.join(tester.folder, "owners.csv")
    with open(owners, "w", encoding="ascii") as file:
        file.write("prefix,country,asn,as_name\n192.0.2.0/29,DE,64500,=Hoster\n192.0.2.8/29,PL,64501,Other\n")
    code, output, said = tester.run("diff", "--database", location, "--by", "country", "--attribution", f"csv:{owners}", "--attribution-directory", tester.folder, "1", "2")
    words = [line.split() for line in output.splitlines()]
    check(["DE", "1", "1", "1", "2", "1", "1", "0"] in words and ["PL", "0", "0", "0", "1", "3", "1", "2"] in words, "countries have their own counts", output + said)
    code, output, said = tester.run("diff", "--database", location, "--by", "country,asn", "--format", "csv", "--attribution", f"csv:{owners}", "--attribution-directory", tester.folder, "1", "2")
    rows = {row["asn"]: row for row in csv.DictReader(io.StringIO(output))}
    check(rows["64500"]["hosts_regressed"] == "2" and rows["64501"]["hosts_cannot_say"] == "2" and rows["64500"]["as_name"][0] not in "=", "and networks, safe for spreadsheets", output + said)


def check_exit_codes(tester):
    location = tester.make(CLASSES)
    check(tester.run("diff", "--database", location, "--quiet", "--fail-on", "regressed")[:2] == (1, ""), "--fail-on what is there: 1")
    quiet = tester.make(both(f"service 192.0.2.1 143 {NO_TLS}", f"service 192.0.2.1 143 {NO_TLS}"))
    check(tester.run("diff", "--database", quiet, "--quiet", "--fail-on", "regressed,new")[0] == 0, "--fail-on what is not there: 0")
    unfinished = tester.make(both("", "", SCOPE, SCOPE + " unfinished position=3"))
    check(tester.run("diff", "--database", unfinished, "--quiet", "--fail-on", "regressed")[0] == 3, "--fail-on in an unfinished census: 3")
    for what, code, words in (("one census", 2, ["1"]), ("a class that is none", 2, ["--only", "worse", "1", "2"]), ("the same census twice", 1, ["2", "2"]), ("a census that is not there", 1, ["1", "9"]),
                              ("census 0", 1, ["0", "1"]), ("a file that is not there", 1, ["1", os.path.join(tester.folder, "nothing.db")]), ("groups that are none", 2, ["--by", "moon", "1", "2"])):
        got, _, said = tester.run("diff", "--database", location, *words)
        check(got == code and said.startswith("mailcensus diff: ") and len(said.splitlines()) == 1, f"{what} is told of in a sentence", f"{got} {said}")
    one = tester.make(f"census {SCOPE}\n")
    check("fewer than two" in tester.run("diff", "--database", one)[2], "one census alone cannot be compared")


def check_two_files(tester):
    old, new = CLASSES.split("\ncensus ")
    old, new = tester.make(old), tester.make("census " + new)
    services, totals = tester.diff("nothing.db", old, new + "#1")
    check({address: services[f"192.0.2.{address}", 143]["change"] for address in TRUTH} == {address: change for address, (change, _) in TRUTH.items()}, "two files, one with a number")


def check_scope(tester):
    """What was not asked is not new, and not gone."""
    service = f"service 192.0.2.1 143 {NO_TLS}\nservice 192.0.2.2 143 {NO_TLS}\nservice 192.0.2.2 993 {IMPLICIT}"
    for what, reach, old_census, changes in (
            ("an address that was no target", "out-of-scope", "scope=192.0.2.2:110,143,993", {1: "cannot-say", 2: "new"}),
            ("a port that was not asked", "other-port", "scope=192.0.2.0/28:110,143", {1: "new", 2: "new", (2, 993): "cannot-say"}),
            ("a census that does not tell its targets", "not-told", SCOPE + " untold", {1: "cannot-say", 2: "cannot-say"}),
            ("late exclusions", "late-exclusion", SCOPE + " excluded=1", {1: "cannot-say", 2: "cannot-say"}),
            ("a sweep that nobody of this family answered", "family-silent", SCOPE + " option=--engine=xdp", {1: "cannot-say", 2: "cannot-say"}),
            ("a scan by sockets that nobody answered", None, SCOPE + " option=--engine=sockets", {1: "new", 2: "new"})):
        services, totals = tester.diff(tester.make(both("", service, old_census)), "1", "2")
        found = {key: services[f"192.0.2.{key[0]}", key[1]]["change"] if isinstance(key, tuple) else services[f"192.0.2.{key}", 143]["change"] for key in changes}
        reasons = {line["old"]["asked"] for line in services.values() if line["change"] == "cannot-say"}
        check(found == changes and (reasons == {reach} if reach else not reasons), what, f"{found} {reasons}")
        gone, _ = tester.diff(tester.make(both(service, "", SCOPE, old_census)), "1", "2")
        check({key: value["change"] for key, value in gone.items()} == {key: value["change"].replace("new", "gone") for key, value in services.items()}, f"{what}, the other way round", gone)
    services, totals = tester.diff(tester.make(both("", service, "scope=192.0.2.0/28:110,143")), "1", "2")
    check(services["192.0.2.2", 143]["host_change"] == "cannot-say" and services["192.0.2.1", 143]["host_change"] == "new", "a host is new only when all of it was asked", totals["hosts"])
    sweep = SCOPE + " option=--engine=raw option=--sweep-ports=110,143"
    services, _ = tester.diff(tester.make(both(f"service 192.0.2.1 143 {NO_TLS}\nservice 192.0.2.3 143 {NO_TLS}",
                                               f"service 192.0.2.1 143 {NO_TLS}\nservice 192.0.2.1 993 {IMPLICIT}\nservice 192.0.2.2 143 {NO_TLS}\nservice 192.0.2.2 993 {IMPLICIT}", sweep)), "1", "2")
    check((services["192.0.2.1", 993]["change"], services["192.0.2.2", 143]["change"], services["192.0.2.2", 993]["old"]["asked"], services["192.0.2.2", 143]["host_change"]) ==
          ("new", "new", "not-swept", "cannot-say"), "a sweep asks other ports only of who answered", services["192.0.2.2", 993])
    mixed = f"{service}\nservice 2001:db8::1 143 {NO_TLS}"
    services, _ = tester.diff(tester.make(both(f"service 192.0.2.9 143 {NO_TLS}", mixed, SCOPE + ";[2001:db8::/124]:110,143,993 option=--engine=raw", SCOPE + ";[2001:db8::/124]:110,143,993")), "1", "2")
    check(services["192.0.2.1", 143]["change"] == "new" and services["2001:db8::1", 143]["old"]["asked"] == "family-silent", "families are told apart", services["2001:db8::1", 143])


def check_progress(tester):
    """The walk of an unfinished census, and of a share, says who was asked."""
    everybody = "\n".join(f"service 192.0.2.{address} 143 {NO_TLS}" for address in range(16))
    for position in (0, 5, 16):
        services, totals = tester.diff(tester.make(both("", everybody, SCOPE + f" unfinished position={position}")), "1", "2")
        check(totals["services"]["new"] == position and totals["cannot_say_because"]["old"]["unfinished"] == 16 - position, f"an unfinished census that came to {position} of 16", totals["services"])
    open_host = both("open 192.0.2.3", everybody, SCOPE + " unfinished position=16")
    services, totals = tester.diff(tester.make(open_host), "1", "2")
    check([key for key, line in services.items() if line["change"] == "cannot-say"] == [("192.0.2.3", 143)], "a host that was begun and not done", totals["services"])
    services, totals = tester.diff(tester.make(both(f"service 192.0.2.3 143 {REQUIRED}\nfinding 192.0.2.3 143 version-disclosed", f"open 192.0.2.3\nservice 192.0.2.3 143 {NO_TLS}",
                                                    SCOPE, SCOPE + " unfinished position=16")), "1", "2")
    check(services["192.0.2.3", 143]["change"] == "cannot-say" and services["192.0.2.3", 143]["findings"]["cannot-say"] == ["version-disclosed"], "its rows and findings are not taken for the last word",
          services)
    shares = []
    for shard in (1, 2, 3):
        services, totals = tester.diff(tester.make(both("", everybody, SCOPE + f" shard={shard}/3")), "1", "2")
        shares.append({key for key, line in services.items() if line["change"] == "new"})
        check(totals["services"]["new"] == (6 if shard == 1 else 5) and totals["cannot_say_because"]["old"]["other-shard"] == 16 - totals["services"]["new"], f"share {shard} of 3", totals["services"])
    check(len(set.union(*shares)) == 16 and sum(map(len, shares)) == 16, "three shares are the whole")


def check_merged(tester):
    parts = [tester.make(f"census {SCOPE} shard={shard}/3") for shard in (1, 2, 3)]
    everybody = tester.make(f"census {SCOPE}\n" + "\n".join(f"service 192.0.2.{address} 143 {NO_TLS}" for address in range(16)))
    merged = os.path.join(tester.folder, "merged.db")
    for parts_there, new in ((parts[:2], 11), (parts[2:], 16)):
        subprocess.run([tester.mailcensus, "merge", "--quiet", merged, *parts_there], stderr=subprocess.DEVNULL, timeout=60)
        _, totals = tester.diff("nothing.db", merged, everybody)
        check(totals["services"]["new"] == new and totals["services"]["cannot-say"] == 16 - new, f"a merge of shares tells of {new} of 16", totals["services"])


def check_findings(tester):
    old = f"""
service 192.0.2.1 143 {NO_TLS}
finding 192.0.2.1 143 no-tls
service 192.0.2.2 143 {REQUIRED}
finding 192.0.2.2 143 version-disclosed
finding 192.0.2.2 143 cert-expired
finding 192.0.2.2 143 heartbeat-offered
service 192.0.2.3 143 {NO_TLS}
finding 192.0.2.3 143 no-tls
finding 192.0.2.3 143 of-the-future
"""
    new = f"""
service 192.0.2.1 143 {REQUIRED}
finding 192.0.2.1 143 version-disclosed
service 192.0.2.2 143 {REQUIRED}
service 192.0.2.4 143 {NO_TLS}
finding 192.0.2.4 143 no-tls
"""
    services, totals = tester.diff(tester.make(both(old, new)), "1", "2")
    found = {row.pop("id"): row for row in totals["findings"]}
    check(services["192.0.2.1", 143]["findings"] == {"new": ["version-disclosed"], "fixed": ["no-tls"], "gone": [], "cannot-say": []}, "new and fixed findings", services["192.0.2.1", 143]["findings"])
    check(services["192.0.2.2", 143]["findings"]["fixed"] == ["cert-expired", "version-disclosed"] and services["192.0.2.2", 143]["findings"]["cannot-say"] == ["heartbeat-offered"],
          "what was not measured again is not fixed", services["192.0.2.2", 143]["findings"])
    check(found["no-tls"] == {"new": 1, "fixed": 1, "gone": 1, "cannot-say": 0} and found["of-the-future"]["gone"] == 1, "findings are counted", found)
    services, totals = tester.diff(tester.make(both(old, new, SCOPE + " tool=1", SCOPE + " tool=2")), "1", "2")
    check(services["192.0.2.1", 143]["findings"]["cannot-say"] == ["no-tls", "version-disclosed"] and any("rules may differ" in line for line in totals["differences"]),
          "rules of another version are not compared", totals["differences"])


def check_methods(tester):
    location = tester.make(both("", "", SCOPE + " option=--depth=verdict option=--rate=9 option=--no-wait", "scope=192.0.2.0/29:143 option=--depth=full option=--rate=7"))
    _, totals = tester.diff(location, "1", "2")
    check(totals["differences"] == ["other targets: 16 addresses then, 8 now", "--depth: verdict then, full now", "--no-wait: given then, not given now"], "in what they differ is told", totals["differences"])
    check("They were not made in the same way" in tester.run("diff", "--database", location)[1], "in the table, too")


def check_postgres(tester):
    try:
        with postgres.Server() as server:
            server.sql("CREATE DATABASE census")
            location = server.location("census")
            tester.make(CLASSES, location)
            check(tester.diff(location, "1", "2") == tester.diff(tester.make(CLASSES), "1", "2"), "PostgreSQL says the same as a file")
            check(tester.diff("nothing.db", location + "#1", location + "#2")[1]["services"] == tester.diff(location)[1]["services"], "an address of a server with a number")
    except postgres.CannotStart as reason:
        print(f"# without PostgreSQL: {reason}")


def check_many(tester):
    """More hosts than a stream reads ahead, and one that stops early."""
    words = "\n".join(f"service 10.0.{address // 256}.{address % 256} 143 {NO_TLS}" for address in range(3000))
    later = "\n".join(f"service 10.0.{address // 256}.{address % 256} 143 {REQUIRED if address % 3 == 0 else NO_TLS}" for address in range(3000) if address % 5 != 0)
    location = tester.make(both(words, later, "scope=10.0.0.0/20:143", "scope=10.0.0.0/20:143"))
    _, totals = tester.diff(location, "1", "2")
    check((totals["hosts"]["gone"], totals["hosts"]["fixed"], totals["hosts"]["unchanged"]) == (600, 800, 1600), "three thousand hosts", totals["hosts"])
    code = subprocess.run(f"'{tester.mailcensus}' diff --database '{location}' --format csv | head -n 2 >/dev/null", shell=True, timeout=60).returncode
    check(code == 0, "a reader that goes away ends it")


def main():
    mailcensus, maker = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        tester = Tester(mailcensus, maker, folder)
        for test in (check_classes, check_formats, check_exit_codes, check_two_files, check_scope, check_progress, check_merged, check_findings, check_methods, check_postgres, check_many):
            test(tester)
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
