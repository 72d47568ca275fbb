#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus contacts` as a command: chains and their reasons, what is in the files, lists of others taken in, wrong calls.

usage: contacts_test.py MAILCENSUS
"""
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NUMBER = 0
FAILED = 0


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def look_up(run, folder):
    own = folder / "own.csv"
    own.write_text("match,contact,scope,source,expires,comment\n192.0.2.0/24,abuse@isp.lab,,,2027-03-31,by mail\n198.51.100.0/24,-,,,,asked us\n"
                   "AS64500,\"noc@as.lab,https://x\",,,,\n", encoding="ascii")
    told = run("contacts", "look-up", "192.0.2.1", "--contacts", own, code=1)
    say("own.csv: line 4" in told, "a file that is wrong is told by its line", told)
    own.write_text("match,contact,scope,source,expires,comment\n192.0.2.0/24,abuse@isp.lab,,,2027-03-31,by mail\n198.51.100.0/24,-,,,,asked us\n"
                   "AS64500,noc@as.lab,,,,\nCC:DE,cert@de.lab,,,,\n.mx.lab,mx@isp.lab,,,,\n*,all@isp.lab,,,,\n", encoding="ascii")
    words = ("--contacts", own, "--contacts-at", "2027-01-01", "--country", "de", "--asn", "64500", "--domain", "a.mx.lab")
    answer = json.loads(run("contacts", "look-up", "192.0.2.1", "--json", *words))
    contact = answer["contact"]
    say((contact["to"], contact["copy"], contact["never"], contact["match"]) == (["abuse@isp.lab"], ["cert@de.lab"], False, "192.0.2.0/24"),
        "whom to tell", answer)
    say([(step["match"], step["kind"], step["scope"], step["line"]) for step in contact["chain"]] ==
        [("192.0.2.0/24", "prefix", "owner", 2), (".mx.lab", "domain", "owner", 6), ("AS64500", "network", "owner", 4), ("CC:DE", "country", "cert", 5),
         ("*", "any", "cert", 7)], "the whole chain with its reasons", contact)
    text = run("contacts", "look-up", "192.0.2.1", *words)
    say("to    abuse@isp.lab" in text and "copy  cert@de.lab" in text and "by mail" in text, "the same for people", text)
    answer = json.loads(run("contacts", "look-up", "192.0.2.1", "--json", "--contacts", own, "--contacts-at", "2027-04-01"))
    say(answer["contact"]["to"] == ["all@isp.lab"], "what has expired is not in it", answer)
    text = run("contacts", "look-up", "198.51.100.7", *words)
    say("to    nobody: 198.51.100.0/24 says never (own.csv, line 3)" in text and "copy" not in text, "never is told with its reason", text)
    lines = run("contacts", "look-up", "-", "--json", *words, input="192.0.2.1\n\n198.51.100.7\n").splitlines()
    say([json.loads(line)["contact"]["never"] for line in lines] == [False, True], "addresses from standard input", lines)
    return own


def files(run, folder, own):
    status = [json.loads(line) for line in run("contacts", "status", "--json", "--contacts", own, "--contacts-at", "2028-01-01").splitlines()]
    say((status[0]["prefix"], status[0]["network"], status[0]["never"], status[0]["certs"]) == (2, 1, 1, 2) and status[1]["expired"] == 1,
        "status counts by kind", status)
    say("0 contacts" in run("contacts") and "template" in run("contacts"), "without any it says how to begin")
    bad = folder / "bad.csv"
    bad.write_bytes(b"match,contact\n192.0.2.1/24,a@isp.lab\n192.0.2.0/24,noreply@isp.lab\nAS1,a@isp.lab\nAS2,\x1b[2J\n")
    told = run("contacts", "check", bad, code=1)
    say("line 2: 192.0.2.1/24: host bits are set; did you mean 192.0.2.0/24?" in told and "line 3: (left out)" in told and "line 5:" in told and
        "1 contacts, 0 of them expired; 2 lines are wrong, 1 addresses stand for nobody" in told and "\x1b" not in told, "check tells all that is wrong", told)
    say("6 contacts, 0 of them expired; 0 lines are wrong" in run("contacts", "check", own, "--contacts-at", "2027-01-01"), "check of a good file")
    template = folder / "template.csv"
    template.write_text(run("contacts", "template"), encoding="utf-8")
    say("0 contacts" in run("contacts", "check", template), "an empty template is good")
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("# CC:DE,,", "CC:DE,cert@de.lab,"), encoding="utf-8")
    say(text.count("\n# CC:") > 240 and "1 contacts" in run("contacts", "check", template), "a country can be filled in", text[:300])


RIPE = {
    "ripe.db.role.gz": """# a banner
role:           Abuse of One
nic-hdl:        AR1-RIPE
abuse-mailbox:  abuse@one.lab
abuse-mailbox:  second@one.lab

role:           abuse of two
remarks:        abuse-mailbox: nobody@two.lab
nic-hdl:        ar2-ripe   # a remark
abuse-mailbox:
+               abuse@two.lab

role:           no mailbox
nic-hdl:        AR3-RIPE

role:           placeholder
nic-hdl:        AR4-RIPE
abuse-mailbox:  unread@ripe.net
""",
    "ripe.db.organisation.gz": "organisation:   ORG-ONE1-RIPE\norg-name:       Größe\nabuse-c:        AR1-RIPE\n\norganisation:   ORG-TWO2-RIPE\nabuse-c:  AR2-RIPE\n",
    "ripe.db.aut-num.gz": "aut-num:        AS64500\norg:            org-one1-ripe\n\naut-num: AS64501\norg: ORG-GONE-RIPE\n\naut-num: ASX\nabuse-c: AR1-RIPE\n",
    "ripe.db.inetnum.gz": """inetnum:        192.0.2.0 - 192.0.2.255
netname:        ONE
country:        DE
org:            ORG-ONE1-RIPE

inetnum:        192.0.2.16 - 192.0.2.40
netname:        TWO
org:            ORG-ONE1-RIPE
abuse-c:        AR2-RIPE

inetnum:        0.0.0.0 - 255.255.255.255
netname:        IANA-BLK
abuse-c:        AR1-RIPE

inetnum:        198.51.100.0 - 198.51.100.255
netname:        NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK
abuse-c:        AR1-RIPE

inetnum:        203.0.113.0 - 203.0.113.255
abuse-c:        AR4-RIPE
""",
    "ripe.db.inet6num.gz": "inet6num:       2001:db8::/32\nabuse-c:        AR2-RIPE\n\ninet6num: 2001:db8:1::/48\nabuse-c: AR3-RIPE",
}


def ripe(run, folder, kept):
    paths = []
    for name, text in reversed(RIPE.items()):
        path = folder / name
        path.write_bytes(gzip.compress(text.encode("latin-1")))
        paths.append(path)
    counts = json.loads(run("contacts", "import", "ripe", *paths, "--json", "--contacts-directory", kept))
    say((counts["entries"], counts["rows"], counts["without_contact"], counts["placeholders"], counts["unreadable"]) == (10, 4, 4, 1, 1),
        "the RIPE database is taken in", counts)
    rows = (kept / "ripe.csv").read_text(encoding="ascii")
    say(rows == "match,contact,scope,source,expires,comment\n192.0.2.0/24,abuse@one.lab,,ripe,,AR1-RIPE of ORG-ONE1-RIPE\n192.0.2.16-192.0.2.40,abuse@two.lab,,ripe,,AR2-RIPE\n"
        "2001:db8::/32,abuse@two.lab,,ripe,,AR2-RIPE\nAS64500,abuse@one.lab,,ripe,,AR1-RIPE of org-one1-ripe\n", "own abuse-c, else that of the organisation", rows)
    answer = json.loads(run("contacts", "look-up", "192.0.2.20", "--json", "--contacts-directory", kept))["contact"]
    say(answer["to"] == ["abuse@two.lab"] and answer["source"] == "ripe" and len(answer["chain"]) == 2, "what was imported is used", answer)
    run("contacts", "import", "ripe", *paths, "--contacts-directory", folder / "short", "--valid-for", "30", "--contacts-at", "2027-01-01")
    to = [json.loads(run("contacts", "look-up", "192.0.2.20", "--json", "--contacts-directory", folder / "short", "--contacts-at", date))["contact"]["to"]
          for date in ("2027-01-30T23:59:59Z", "2027-01-31")]
    say(to == [["abuse@two.lab"], []], "what was imported for some days holds for some days", to)
    whole = paths[1].read_bytes()
    paths[1].write_bytes(whole[:-12])
    told = run("contacts", "import", "ripe", *paths, "--contacts-directory", kept, code=1)
    say("not loaded whole" in told and (kept / "ripe.csv").read_text(encoding="ascii") == rows and len(list(kept.iterdir())) == 1,
        "a file that was cut leaves what was there", told)
    told = run("contacts", "import", "ripe", paths[0], "--contacts-directory", kept, code=1)
    say("ripe.db.role.gz" in told, "networks without roles are refused in words", told)
    wrong = folder / "wrong.txt"
    wrong.write_text("hello\n", encoding="ascii")
    say("begins with no object" in run("contacts", "import", "ripe", wrong, "--contacts-directory", kept, code=1), "what is none of it is refused")


INTELMQ = {
    "organisation": "organisation_id,name,sector_id,comment\n1,One,,\"two\nlines, \"\"quoted\"\"\"\n2,Two,,\n3,CERT,,\n",
    "contact": "contact_id,firstname,email,openpgp_fpr,organisation_id\n1,,abuse@one.lab,,1\n2,,Second@one.lab,,1\n3,,dead@two.lab,,2\n4,,cert@de.lab,,3\n5,,noreply@two.lab,,2\n",
    "email_status": "email,enabled,added\ndead@two.lab,f,2026-01-01\nabuse@one.lab,t,2026-01-01\n",
    "network": "network_id,address,comment\n7,192.0.2.0/24,\n8,2001:db8::/32,\n9,192.0.2.1/24,\n",
    "organisation_to_network": "organisation_id,network_id\n1,7\n2,8\n1,9\n",
    "fqdn": "fqdn_id,fqdn,comment\n4,One.lab,\n",
    "organisation_to_fqdn": "organisation_id,fqdn_id\n1,4\n",
    "organisation_to_asn": "organisation_id,asn\n1,64500\n",
    "national_cert": "national_cert_id,country_code,comment,organisation_id\n1,DE,,3\n",
    "contact_automatic": "contact_automatic_id,email,organisation_automatic_id,import_source\n1,auto@one.lab,5,ripe\n",
    "organisation_to_asn_automatic": "organisation_automatic_id,asn,import_source\n5,64501,ripe\n",
}


def intelmq(run, folder, kept):
    paths = []
    for name, text in INTELMQ.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    counts = json.loads(run("contacts", "import", "intelmq", *paths, "--json", "--contacts-directory", kept))
    say((counts["rows"], counts["disabled"], counts["placeholders"], counts["unreadable"]) == (4, 1, 1, 1), "IntelMQ's tables are taken in", counts)
    rows = (kept / "intelmq.csv").read_text(encoding="ascii").splitlines()[1:]
    say(rows == ['192.0.2.0/24,"abuse@one.lab,Second@one.lab",,intelmq,,One', '.one.lab,"abuse@one.lab,Second@one.lab",,intelmq,,One',
                 'AS64500,"abuse@one.lab,Second@one.lab",,intelmq,,One', "CC:DE,cert@de.lab,,intelmq,,CERT"], "networks, domains, numbers and CERTs of it", rows)
    run("contacts", "import", "intelmq-automatic", *paths, "--contacts-directory", kept, "--name", "intelmq_automatic")
    rows = (kept / "intelmq_automatic.csv").read_text(encoding="ascii").splitlines()[1:]
    say(rows == ["AS64501,auto@one.lab,,intelmq-automatic,,"], "what programs filled in is a list of its own", rows)
    paths[1].write_text("contact_id,email\n1,a@one.lab\n", encoding="ascii")
    told = run("contacts", "import", "intelmq", *paths, "--contacts-directory", kept, code=1)
    say('contact.csv: line 1: has no column "organisation_id"' in told, "a table without its columns is refused by name", told)


def certs(run, folder, kept):
    national, teams, first = folder / "national.txt", folder / "teams.json", folder / "first.json"
    national.write_text("# who\nDE|CERT-Bund <cert@de.lab>\nAT|CERT.at <team@at.lab>, GovCERT <gov@at.lab>\nEU|CERT-EU <x@eu.lab>\nFR|nobody\n", encoding="utf-8")
    counts = json.loads(run("contacts", "import", "national", national, "--json", "--contacts-directory", kept))
    rows = (kept / "national.csv").read_text(encoding="ascii").splitlines()[1:]
    say(rows == ['CC:DE,cert@de.lab,,national,,CERT-Bund <cert@de.lab>', 'CC:AT,"team@at.lab,gov@at.lab",,national,,"CERT.at <team@at.lab>, GovCERT <gov@at.lab>"'] and
        counts["unreadable"] == 1 and counts["malformed"] == 1, "national CERTs", (rows, counts))
    teams.write_text(json.dumps([
        {"short_name": "CERT.x", "country": {"code": "AT"}, "constituency": {"types": ["National"], "asns": [], "domains": ["*.at-x.lab"], "ipranges": [],
         "countries": [{"code": "AT", "name": "Austria"}]}, "emails": [{"address": "phone@at.lab", "usage": ["other"]}, {"address": "team@at.lab", "usage": ["contact"]}]},
        {"short_name": "Edu \u00e9\u202e", "country": {"code": "AT"}, "constituency": {"types": ["Research & Education"], "asns": [64500], "domains": [],
         "ipranges": ["192.0.2.0/24", "192.0.2.1/24"], "countries": [{"code": "AT"}]}, "emails": [{"address": "edu@at.lab", "usage": ["contact"]}]}]), encoding="ascii")
    counts = json.loads(run("contacts", "import", "trusted-introducer", teams, "--json", "--contacts-directory", kept))
    rows = (kept / "trusted-introducer.csv").read_text(encoding="ascii").splitlines()[1:]
    say([row.rsplit(",", 1)[0] for row in rows] == [".at-x.lab,team@at.lab,cert,trusted-introducer,", "CC:AT,team@at.lab,,trusted-introducer,",
                                                    "192.0.2.0/24,edu@at.lab,cert,trusted-introducer,", "AS64500,edu@at.lab,cert,trusted-introducer,"] and
        counts["unreadable"] == 1, "only who says to be national is the CERT of a country", (rows, counts))
    first.write_text(json.dumps({"status": "OK", "total": 2, "data": [{"team": "Some CSIRT", "team-full": "x", "country": "DE", "email": "csirt@de.lab"},
                                                                      {"team": "Other", "country": "FR", "email": None}]}), encoding="ascii")
    counts = json.loads(run("contacts", "import", "first", first, "--json", "--contacts-directory", kept))
    text = (kept / "first.csv").read_text(encoding="ascii")
    say(counts["rows"] == 0 and counts["remarks"] == 1 and "# CC:DE,csirt@de.lab,,first,,Some CSIRT\n" in text, "a member from a country is for a person to choose", (text, counts))
    answer = json.loads(run("contacts", "look-up", "192.0.2.9", "--country", "AT", "--json", "--contacts-directory", kept))["contact"]
    say((answer["to"], answer["copy"]) == (["abuse@one.lab", "Second@one.lab"], ["team@at.lab", "gov@at.lab"]), "all of it is used at once", answer)
    for path, words in ((national, ("national", "line 2: is not like")), (teams, ("trusted-introducer", "no array of teams")), (first, ("first", "no answer of FIRST"))):
        before = (kept / f"{words[0]}.csv").read_text(encoding="ascii")
        path.write_text("# x\n{\"a\":[\n", encoding="ascii")
        told = run("contacts", "import", words[0], path, "--contacts-directory", kept, code=1)
        say(words[1] in told and str(path) in told and (kept / f"{words[0]}.csv").read_text(encoding="ascii") == before,
            f"{words[0]}: what is none of it is refused, and what was there stays", told)


def wrong_calls(run, folder, own):
    for words, code, tells in ((("nothing",), 2, "status, look-up, check"), (("look-up",), 2, "needs addresses"), (("look-up", "a\x1bb"), 2, "'a\\x1bb' is no address"),
                               (("look-up", "192.0.2.1", "--country", "Germany"), 2, "two letters"), (("look-up", "192.0.2.1", "--asn", "0"), 2, "asn"),
                               (("check",), 2, "needs files"), (("check", "/nonexistent"), 1, "/nonexistent cannot be read"), (("import",), 2, "kind of list"),
                               (("import", "apnic", "x"), 2, "kind of list"), (("import", "ripe"), 2, "needs the files"),
                               (("import", "ripe", "/nonexistent"), 1, "/nonexistent cannot be read"),
                               (("import", "ripe", "x", "--name", "../x"), 2, "--name is made of"), (("status", "x"), 2, "no more words"),
                               (("status", "--contacts-at", "x"), 2, "--contacts-at is a date"), (("status", "--contacts", folder), 1, "Is a directory")):
        told = run("contacts", *words, code=code)
        say(tells in told and "\x1b" not in told, f"{' '.join(map(str, words[:3]))!r} is refused in words", told)
    if os.geteuid() != 0:
        told = run("contacts", "import", "national", own, "--contacts-directory", "/nonexistent/x", code=1)
        say("--contacts-directory names another place" in told, "a directory that cannot be made", told)


def main():
    mailcensus = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        kept = folder / "kept" / "deeper"

        def run(*words, code=0, **options):
            if "--contacts-directory" not in words:
                words += ("--contacts-directory", folder / "none")
            done = subprocess.run([mailcensus, *map(str, words), "--attribution-directory", str(folder / "none")], capture_output=True, text=True, timeout=120,
                                  check=False, **options)
            if done.returncode != code:
                say(False, f"{words[:4]} exits with {code}", f"{done.returncode}: {done.stderr}")
            return done.stdout + (done.stderr if code else "")

        own = look_up(run, folder)
        files(run, folder, own)
        ripe(run, folder, kept)
        intelmq(run, folder, kept)
        certs(run, folder, kept)
        wrong_calls(run, folder, own)
    print(f"1..{NUMBER}")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
