#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What `stats` says of a census is the same, byte by byte, whether the services are read or what was counted of them before; in a file and in PostgreSQL. And what was
counted is used only where it is of the same method, sources and records.

usage: kept_counts.py MAILCENSUS COUNTS_DATABASE
"""
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

HOSTS = "400"
KEPT = [["--by", key] for key in ("country", "asn", "family", "protocol", "host", "host-finding", "port", "verdict", "finding", "software", "version", "issuer", "tls", "pq", "asn,country")]
QUESTIONS = [[]] + KEPT
FORMATS = {"": ["json", "table"], "--by": ["json", "table", "csv"]}
COUNTED_ANEW = [["--by", "country,software"], ["--by", "family,verdict"]]

NUMBER = 0
FAILED = 0


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}", flush=True)
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:1500].splitlines()), end="")


class Place:
    """A database, how SQL is run in it, and how it writes bytes."""

    def __init__(self, mailcensus, name, location, sql, bytes_of):
        self.mailcensus, self.name, self.location, self.sql, self.bytes = mailcensus, name, location, sql, bytes_of

    def run(self, *words, code=0):
        """Of the first census, where no other is named."""
        words += () if "--census" in words else ("--census", "1")
        done = subprocess.run([self.mailcensus, *words, "--database", self.location], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != code:
            say(False, f"{self.name}: {' '.join(words)}", done.stderr)
        return done.stdout + (done.stderr if code else "")

    def answers(self, questions, *more):
        return {" ".join([*question, form]): self.run("stats", *question, "--format", form, *more) for question in questions for form in FORMATS["--by" if question else ""]}


def different(one, other):
    return [(question, one[question][:300], other[question][:300]) for question in one if one[question] != other[question]]


def check_place(place, folder):
    """What was read and what was kept; the services are taken away in between, so that it must be what was kept."""
    own = os.path.join(folder, "own.csv")
    pathlib.Path(own).write_text("prefix,country,asn,as_name\n198.51.0.0/16,DE,64500,Own\n", encoding="utf-8")
    say("uniform-prefix" in place.run("stats") and "accepts-everything" in place.run("stats"), f"{place.name}: there are remarkable prefixes")
    read, anew = place.answers(QUESTIONS), place.answers(COUNTED_ANEW)
    say(place.sql("SELECT count(*) FROM counted") == "0", f"{place.name}: nothing is kept before")
    place.run("stats", "--keep")
    say(int(place.sql("SELECT count(*) FROM counted")) > 100, f"{place.name}: --keep keeps")
    say("has not ended" in place.run("stats", "--keep", "--census", "2", code=1), f"{place.name}: not of a census that runs")
    say("data import" in place.run("stats", "--keep", "--attribution", own, code=2), f"{place.name}: not by a file that may change")
    place.run("stats", "--keep")
    by_file = place.answers([["--by", "country"]], "--attribution", own)
    place.sql("DELETE FROM service WHERE census = 1")
    wrong = different(read, place.answers(QUESTIONS))
    say(not wrong, f"{place.name}: {len(read)} answers are the same as before", wrong)
    say(len(different(anew, place.answers(COUNTED_ANEW))) == len(anew), f"{place.name}: other keys are counted anew")
    say(len(different(by_file, place.answers([["--by", "country"]], "--attribution", own))) == len(by_file), f"{place.name}: a file of the user's is asked anew")
    for what, change in (("another method", "UPDATE counted SET numbers = '{\"method\":999}' WHERE kind = 'made' AND value = {method}"),
                         ("another source", "UPDATE counted SET numbers = '{\"date\":1}' WHERE kind = 'made' AND value >= {source}"),
                         ("a row too few", "DELETE FROM counted WHERE kind = 'country' AND value = {empty}"),
                         ("a number that nobody knows", "UPDATE counted SET numbers = '{\"colour\":1}' WHERE kind = 'country'"),
                         ("no numbers", "UPDATE counted SET numbers = '[1]' WHERE kind = 'country'")):
        place.sql("CREATE TABLE before AS SELECT * FROM counted")
        place.sql(change.replace("{method}", place.bytes("method")).replace("{source}", place.bytes("source")).replace("{empty}", place.bytes("")))
        answer = place.run("stats", "--by", "country", "--json")
        say('"groups":[]' in answer.replace("\n", ""), f"{place.name}: {what} is not used", answer)
        place.sql("DELETE FROM counted")
        place.sql("INSERT INTO counted SELECT * FROM before")
        place.sql("DROP TABLE before")
    say(not different(read, place.answers(QUESTIONS)), f"{place.name}: and what is whole is used again")
    return read


def file_place(mailcensus, filler, folder):
    path = os.path.join(folder, "census.db")

    def sql(text):
        with sqlite3.connect(path) as connection:
            row = connection.execute(text).fetchone()
            connection.commit()
        return str(row[0]) if row else ""

    place = Place(mailcensus, "file", path, sql, lambda text: f"CAST('{text}' AS BLOB)")
    fill(filler, path, sql)
    return place


def server_place(mailcensus, filler, server):
    def sql(text):
        return server.sql("SET search_path = mailcensus;" + text, "census")

    server.sql("CREATE DATABASE census")
    place = Place(mailcensus, "PostgreSQL", server.location("census"), sql, lambda text: f"'{text}'::bytea")
    fill(filler, place.location, sql)
    return place


def fill(filler, location, sql):
    """A census that has ended, and one that runs."""
    subprocess.run([filler, location, HOSTS], check=True)
    subprocess.run([filler, location, "3"], check=True)
    sql("UPDATE census SET ended_at = 0 WHERE id = 2")


def main():
    mailcensus, filler = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        place = file_place(mailcensus, filler, folder)
        answers = check_place(place, folder)
        try:
            with postgres.Server(["fsync=off"]) as server:
                wrong = different(answers, check_place(server_place(mailcensus, filler, server), folder))
                say(not wrong, "PostgreSQL says the same as the file", wrong)
        except postgres.CannotStart as reason:
            print(f"# without PostgreSQL: {reason}")
    print(f"1..{NUMBER}")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
