#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Whose addresses are: the built-in data beside a reading of their source in another language, one's own files, and what stats, show and export make of it.

usage: data_test.py MAILCENSUS FACTS_DATABASE LOCATION.db.xz
"""
import csv
import ipaddress
import json
import lzma
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import mmdb

NUMBER = 0
FAILED = 0
RESERVED = {"AN", "AP", "BP", "CS", "EU", "NT", "SU", "T1", "XX", "YU", "ZZ"}
ADDRESSES = 100000


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


class Location:
    """IPFire's database, walked bit by bit for each address: slow, and nothing is shared with the program."""

    def __init__(self, path):
        self.data = lzma.open(path).read()
        parts = struct.unpack_from(">10I", self.data, 28)
        self.numbers, self.networks, self.tree, _, self.texts = zip(parts[::2], parts[1::2])
        self.names = {number: self.text(offset).strip(" ") for number, offset in
                      struct.iter_unpack(">II", self.data[self.numbers[0]:sum(self.numbers)])}

    def text(self, offset):
        start = self.texts[0] + offset
        return self.data[start:self.data.index(0, start)].decode()

    def look_up(self, address):
        bits, length = (int(address), 128) if address.version == 6 else (0xffff << 32 | int(address), 128)
        at, found = 0, None
        for depth in range(length + 1):
            *children, network = struct.unpack_from(">3I", self.data, self.tree[0] + 12 * at)
            # What holds all of IPv6 says nothing of IPv4.
            if network != 0xffffffff and (address.version == 6 or depth >= 96):
                found = network, depth - (96 if address.version == 4 else 0)
            at = children[bits >> (127 - depth) & 1] if depth < length else 0
            if at == 0:
                break
        if found is None:
            return None, None, None, None
        country, number, _ = struct.unpack_from(">2s2xIH", self.data, self.networks[0] + 12 * found[0])
        country = country.decode().strip("\0")
        country = {"UK": "GB"}.get(country, country)
        if country in RESERVED or not country or country[1] == "1":
            country = None
        prefix = str(ipaddress.ip_network((address, found[1]), strict=False)) if number else None
        return country, number or None, self.names.get(number) or None if number else None, prefix


def addresses():
    """Of all of IPv4, and of what is given out of IPv6, also right beside the borders of likely networks."""
    choose = random.Random(20261124)
    for place in range(ADDRESSES):
        if place % 2 == 0:
            number = choose.getrandbits(32)
            yield ipaddress.IPv4Address(number if place % 4 == 0 else number & 0xffffff00 | choose.choice((0, 255)))
        else:
            top = choose.choice((0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00)) + choose.getrandbits(choose.choice((0, 4)))
            number = top << 112 | choose.getrandbits(16) << 96 | choose.getrandbits(choose.choice((1, 96)))
            yield ipaddress.IPv6Address(number)


def built_in_data(run, path):
    reference = Location(path)
    asked = list(addresses())
    lines = run("data", "look-up", "-", input="".join(f"{address}\n" for address in asked)).splitlines()
    wrong, told = [], 0
    for address, line in zip(asked, lines):
        answer = json.loads(line)
        got = answer["country"], answer["asn"], answer["as_name"], answer["prefix"]
        expected = reference.look_up(address)
        told += expected[1] is not None
        if got != expected or answer["address"] != str(address):
            wrong.append(f"{address}: {got} instead of {expected}")
    say(len(lines) == ADDRESSES and not wrong and told > ADDRESSES // 10,
        f"{ADDRESSES} addresses are attributed as their source says", "\n".join(wrong[:10]) or f"{len(lines)} lines, {told} told")


def own_files(run, folder):
    own = pathlib.Path(folder, "own.csv")
    own.write_text("prefix,country,asn,as_name\n192.0.2.0/31,DE,64500,\"Example, \"\"Inc\"\"\"\n192.0.2.2/31,FR,64501,Other\n8.8.8.0/24,NL,,\n")
    kept = os.path.join(folder, "kept", "deeper")
    where = ("--attribution-directory", kept)

    def look_up(address, *options):
        return json.loads(run("data", "look-up", address, *options))

    answer = look_up("8.8.8.8", "--attribution", own)
    say((answer["country"], answer["asn"], answer["attribution"]["country"]["source"], answer["attribution"]["asn"]["source"]) ==
        ("NL", 15169, "own.csv", "ipfire-location"), "a file of one's own replaces what it says and nothing else", answer)
    told = run("data", "import", own, *where)
    say("3 ranges" not in told and "kept as" in told and os.path.exists(os.path.join(kept, "own.csv.snapshot")), "a file is imported", told)
    say(look_up("192.0.2.1", *where)["as_name"] == 'Example, "Inc"', "what was imported is used")
    status = [json.loads(line) for line in run("data", "status", "--json", *where).splitlines()]
    say([row["source"] for row in status] == ["own.csv", "ipfire-location"] and status[0]["says"] == ["country", "asn", "name"],
        "status tells the sources in their order", status)
    snapshot = pathlib.Path(kept, "own.csv.snapshot")
    whole = snapshot.read_bytes()
    for name, content, words in (("cut", whole[:-1], "not copied whole"), ("damaged", whole[:90] + b"\xff" + whole[91:], "checksum"),
                                 ("empty", b"", "no file of a kind")):
        snapshot.write_bytes(content)
        refused = run("data", "look-up", "192.0.2.1", *where, code=1)
        say(words in refused and str(snapshot) in refused, f"a snapshot that is {name} is refused by name", refused)
    return own


def mmdb_files(run, folder):
    """The layouts of those who publish such files."""
    for name, version, value, expected in (
            ("MaxMind's country", 6, {"country": {"iso_code": "DE"}, "traits": {"is_anycast": True}}, ("DE", None, None, True)),
            ("MaxMind's registered country", 6, {"registered_country": {"iso_code": "UK"}}, ("GB", None, None, False)),
            ("MaxMind's networks", 6, {"autonomous_system_number": mmdb.Integer(64500), "autonomous_system_organization": "Example"},
             (None, 64500, "Example", None)),
            ("IPinfo Lite", 6, {"country": "Germany", "country_code": "DE", "asn": "AS64500", "as_name": "Example"}, ("DE", 64500, "Example", False)),
            ("IPinfo of before", 4, {"country": "DE", "country_name": "Germany", "asn": "AS64500"}, ("DE", 64500, None, False)),
            ("DB-IP's networks of providers", 6, {"country": {"iso_code": "DE"}, "traits": {"autonomous_system_number": mmdb.Integer(64500),
                                                                                           "autonomous_system_organization": "Example"}},
             ("DE", 64500, "Example", False)),
            ("numbers of 16 bits", 4, {"asn": mmdb.Integer(64501, 5)}, (None, 64501, None, None)),
            ("numbers as negative texts", 4, {"asn": "-1", "country_code": "DE"}, ("DE", None, None, False))):
        path = os.path.join(folder, "test.mmdb")
        entries = {"10.0.2.0/25": value, **({"fd00:db8::/33": value} if version == 6 else {})}
        mmdb.write(path, version, entries, aliases=("2002::/16", "::ffff:0:0/96") if version == 6 else ())
        asked = ["10.0.2.127"] + (["fd00:db8:7fff::1"] if version == 6 else [])
        got = [json.loads(line) for line in run("data", "look-up", *asked, "10.0.2.128", "--attribution", path).splitlines()]
        found = [(row["country"], row["asn"], row["as_name"], row["anycast"]) for row in got[:-1]]
        say(found == [expected] * len(asked) and got[-1]["asn"] is None, f"an MMDB file is read: {name}", got)
    status = [json.loads(line) for line in run("data", "status", "--json", "--attribution", path).splitlines()][0]
    say(status["date"] == "2026-09-22T00:00:00.000Z" and status["ranges4"] == 3, "its date is that of its building", status)
    whole = pathlib.Path(path).read_bytes()
    for cut in (40, len(whole) // 2, len(whole) - 30):
        pathlib.Path(path).write_bytes(whole[:cut])
        told = run("data", "look-up", "192.0.2.1", "--attribution", "mmdb:" + path, code=1)
        say("read as mmdb" in told or "test.mmdb" in told, f"one that is cut after {cut} bytes is refused", told)
    for record in range(12):
        # A record that points back to the root: a loop.
        pathlib.Path(path).write_bytes(whole[:3 * record] + bytes(3) + whole[3 * record + 3:])
        told = run("data", "look-up", "192.0.2.1", "--attribution", path, code=1)
        say("does not hold together" in told, f"a loop at record {record} is refused", told)


def announcements(run, folder):
    routes, roas = pathlib.Path(folder, "routes.txt"), pathlib.Path(folder, "roas.csv")
    routes.write_text("192.0.2.0\t24\t3356\n198.51.100.0\t24\t701\n203.0.113.0\t24\t702\n")
    roas.write_text("ASN,IP Prefix,Max Length,Trust Anchor\nAS3356,192.0.0.0/16,24,ripe\nAS3356,198.51.100.0/24,24,ripe\n")
    asked = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "10.0.0.1")
    rows = [json.loads(line) for line in run("data", "look-up", *asked, "--attribution", roas, "--attribution", f"pfx2as:{routes}").splitlines()]
    say([row["rpki"] for row in rows] == ["valid", "invalid", "not-found", "unknown"] and rows[0]["attribution"]["rpki"]["source"] == "roas.csv",
        "announcements are judged by who may announce", rows)


def census(run, database, own):
    options = ("--database", database, "--attribution", own)
    rows = list(csv.DictReader(run("stats", "--by", "country,asn", "--format", "csv", *options).splitlines()))
    say([(row["country"], row["asn"], row["as_name"], row["hosts"], row["offer_any"], row["service-login-before-tls"]) for row in rows] ==
        [("DE", "64500", 'Example, "Inc"', "1", "1", "2"), ("FR", "64501", "Other", "1", "1", "2")], "stats count by country and network", rows)
    document = json.loads(run("stats", "--by", "country", "--format", "json", *options))
    say([(group["country"], group["hosts"], group["host-tls-optional"]) for group in document["groups"]] == [("DE", 1, 1), ("FR", 1, 1)] and
        document["addresses"] == 4, "the same as JSON, with what was asked in all", document)
    table = run("stats", "--by", "asn", *options)
    say("AS64500  Example, \"Inc\"" in table and "Attributed by own.csv" in table and "CC BY-SA 4.0" in table,
        "the table names its sources, and whom their licence wants named", table)
    line = json.loads(run("export", "--format", "jsonl", *options).splitlines()[0])
    say((line["country"], line["asn"], line["prefix"]) == ("DE", 64500, "192.0.2.0/31"), "export tells country, network and prefix", line)
    shown = run("show", "192.0.2.1", *options)
    say("country        DE" in shown and "AS64500" in shown, "show tells whose the address is", shown)


def wrong_calls(run, folder, database):
    hostile = pathlib.Path(folder, "x.csv")
    hostile.write_bytes(b"prefix,country\n192.0.2.1/24,DE\n\x1b[2J")
    for words, code, tells in ((("data", "nothing"), 2, "status, look-up, import or update"), (("data", "look-up"), 2, "needs addresses"),
                               (("data", "look-up", "a\x1bb"), 2, "'a\\x1bb' is no address"), (("data", "import"), 2, "needs files"),
                               (("data", "import", "--name", "a", "b", "c"), 2, "one --name"),
                               (("data", "import", "/nonexistent"), 1, "/nonexistent cannot be read: No such file"),
                               (("data", "import", folder), 1, "Is a directory"), (("data", "import", hostile), 1, "line 2: has a prefix"),
                               (("stats", "--by", "colour", "--database", database), 2, "by one or more of country,asn"),
                               (("stats", "--format", "csv", "--database", database), 2, "needs --by"),
                               (("stats", "--by", "asn", "--attribution", hostile, "--database", database), 1, "line 2")):
        told = run(*words, code=code)
        say(tells in told and "\x1b" not in told, f"{' '.join(map(str, words[:3]))!r} is refused in words", told)


def main():
    mailcensus, filler, location = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "facts.db")
        subprocess.run([filler, database], check=True)

        def run(*words, code=0, **options):
            if "--attribution-directory" not in words:
                words += ("--attribution-directory", os.path.join(folder, "none"))
            done = subprocess.run([mailcensus, *map(str, words)], capture_output=True, text=True, timeout=120, check=False, **options)
            if done.returncode != code:
                say(False, f"{words[:3]} exits with {code}", f"{done.returncode}: {done.stderr}")
            return done.stdout + (done.stderr if code else "")

        built_in_data(run, location)
        own = own_files(run, folder)
        census(run, database, own)
        mmdb_files(run, folder)
        announcements(run, folder)
        wrong_calls(run, folder, database)
    print(f"1..{NUMBER}")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
