#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Kills the writer, the server and both with SIGKILL in the middle of an ingest into PostgreSQL: what was told to be committed is there once, and nothing in part.

usage: postgres_kill_test.py STORE_INGEST [ROUNDS]
"""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

ROWS = 5


def count(ingest, location):
    """Transactions that are kept, each with all its rows (the program itself looks at order, doubles and gaps)."""
    run = subprocess.run([ingest, "count", location], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(f"count: {run.stderr}")
    services, conversations, findings = map(int, run.stdout.split())
    if services % ROWS or services != conversations or services != findings:
        raise SystemExit(f"a transaction is kept in part: {run.stdout}")
    return services // ROWS


def ingest_until(ingest, server, location, first, commits, victims):
    """The last transaction that was told to be committed, -1: none; and what the writer said."""
    writer = subprocess.Popen([ingest, "write", location, str(first)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    last = -1
    for _ in range(commits):
        line = writer.stdout.readline()
        if not line:
            raise SystemExit(f"the writer stopped by itself: {writer.stderr.read()}")
        last = int(line)
    if "writer" in victims:
        writer.kill()
    if "server" in victims:
        server.kill()
    output = writer.stdout.read()  # not communicate(), which does not know of what readline() has read ahead
    said = writer.stderr.read()
    writer.wait(timeout=60)
    lines = [line for line in output.split("\n")[:-1] if line]  # without one that was cut
    if lines:
        last = int(lines[-1])
    return last, said, writer.returncode


def main():
    ingest, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9
    chance = random.Random(20261124)
    kinds = (("writer",), ("server",), ("writer", "server"))
    print("1..3")
    committed = 0
    try:
        # synchronous_commit off at the server: the store must ask for more by itself.
        with postgres.Server(["synchronous_commit=off", "wal_writer_delay=10s", "max_wal_size=1GB"]) as server:
            server.sql("CREATE DATABASE census")
            location = server.location("census")
            for number in range(rounds):
                victims = kinds[number % len(kinds)]
                last, said, status = ingest_until(ingest, server, location, committed, chance.randint(1, 60), victims)
                if victims == ("server",) and ("was lost" not in said and "is being stopped" not in said or status != 1):
                    raise SystemExit(f"the writer did not say that the server went: {status} {said}")
                if "server" in victims:
                    server.start()
                kept = count(ingest, location)
                if not last + 1 <= kept <= last + 2:
                    raise SystemExit(f"round {number} ({' and '.join(victims)}): {last + 1} transactions were told to be committed, {kept} are kept")
                committed = kept
            # The same once more from the beginning: every record has its identity.
            ingest_until(ingest, server, location, 0, min(20, committed), ("writer",))
            if count(ingest, location) != committed:
                raise SystemExit("records given twice are kept twice")
    except postgres.CannotStart as reason:
        postgres.skip(reason)
    print(f"ok 1 - {committed} transactions over {rounds} kills: none lost, none in part\nok 2 - a lost server is told of\nok 3 - given twice, kept once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
