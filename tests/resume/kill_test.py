#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Kills a scan of 65,536 loopback addresses with SIGKILL at 20 random moments, resumes it each time,
and compares every row with those of an unbroken run.

Everything happens inside a network namespace of its own that has nothing but a loopback device.
usage: kill_test.py MAILCENSUS RESPONDER [--hosts BITS] [--kills N] [--seed N]
"""
import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402
import transcript  # noqa: E402

# So few that, however slow this machine and this build are, each conversation is over within its limits (the shortest is 2 s, for a farewell):
# what is compared here is what kills do, not what haste does.
OPEN_MAX = 500
# What differs between two runs by nature: moments.
TIME_COLUMNS = {"decided_at", "started_at", "duration_ms", "census"}


def scan_command(arguments, database, prefix, extra):
    return [arguments.mailcensus, "scan", "--database", database, "--open", "loopback", "--ports", "110,143", "--rate", "20000",
            "--per-address", "64", "--window", "60", "--gap", "0", "--max-open", str(OPEN_MAX), "--seed", "7", "--progress", "none", "--quiet"] + extra + prefix


def count_open_hosts(connection):
    """Hosts that were begun and not ended."""
    is_open = set()
    for begun, ended in connection.execute("SELECT begun, ended FROM open_host ORDER BY id"):
        is_open |= {begun[at:at + 8] for at in range(0, len(begun), 8)}
        is_open -= {ended[at:at + 8] for at in range(0, len(ended), 8)}
    return len(is_open)


def rows_of(database):
    """All services and conversations without moments; transcripts as their records without moments and splitting."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    rows = {}
    texts = {row["id"]: row["bytes"] for row in connection.execute("SELECT * FROM text")}
    for table, source in (("service", "service_with_texts"), ("conversation", "conversation"), ("finding", "finding_view")):
        for row in connection.execute(f"SELECT * FROM {source}"):
            values = {key: row[key] for key in row.keys() if key not in TIME_COLUMNS and key not in ("id", "moments")}
            if "transcript" in values:
                common = texts[row["transcript"]] if isinstance(row["transcript"], int) else row["transcript"]
                values["transcript"] = transcript.without_moments(transcript.put_together(common, row["moments"]))
            if table == "finding":
                rows[("finding", row["address"], row["port"], row["finding"])] = values
                continue
            identity = (table, bytes(values["address"]), values["port"], values.get("attempt"))
            if identity in rows:
                raise SystemExit(f"not ok - {identity} is there twice")
            rows[identity] = values
    open_hosts = count_open_hosts(connection)
    ended = connection.execute("SELECT count(*) FROM census WHERE ended_at > 0").fetchone()[0]
    connection.close()
    return rows, open_hosts, ended


def compare(whole, broken):
    problems = []
    for identity in whole.keys() - broken.keys():
        problems.append(f"missing: {identity}")
    for identity in broken.keys() - whole.keys():
        problems.append(f"not in the unbroken run: {identity}")
    for identity in whole.keys() & broken.keys():
        for key, value in whole[identity].items():
            if broken[identity][key] != value:
                problems.append(f"{identity} {key}: {value!r} became {broken[identity][key]!r}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mailcensus")
    parser.add_argument("responder")
    parser.add_argument("--bits", type=int, default=16, help="host bits of the scanned prefix (16: 65,536 addresses)")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    arguments.mailcensus = os.path.abspath(arguments.mailcensus)
    arguments.responder = os.path.abspath(arguments.responder)
    namespace.enter()
    chance = random.Random(arguments.seed)
    print(f"# seed {arguments.seed}")
    prefix = [f"127.30.0.0/{32 - arguments.bits}"]
    with tempfile.TemporaryDirectory() as folder:
        responder = subprocess.Popen([arguments.responder, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
        try:
            responder.stdout.readline()
            whole, broken = os.path.join(folder, "whole.db"), os.path.join(folder, "broken.db")
            began = time.monotonic()
            code = subprocess.call(scan_command(arguments, whole, prefix, []))
            duration = time.monotonic() - began
            print(f"# unbroken: {duration:.1f} s, exit {code}")
            if code != 0:
                raise SystemExit("not ok - the unbroken run failed")
            kills, extra, targets = 0, [], prefix
            while True:
                process = subprocess.Popen(scan_command(arguments, broken, targets, extra))
                if kills < arguments.kills:
                    try:
                        process.wait(timeout=chance.uniform(0.05, 0.1 + duration / arguments.kills))
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                        kills += 1
                        if os.path.exists(broken) and rows_begun(broken):
                            extra, targets = ["--resume"], []
                        continue
                code = process.wait()
                break
            if code != 0:
                raise SystemExit(f"not ok - the last run ended with exit code {code}")
            rows, open_hosts, ended = rows_of(broken)
            expected, _, _ = rows_of(whole)
        finally:
            responder.terminate()
            responder.wait()
    problems = compare(expected, rows)
    if open_hosts != 0 or ended != 1:
        problems.append(f"{open_hosts} hosts are still open, {ended} censuses ended")
    if kills < arguments.kills:
        problems.append(f"only {kills} kills before the run was over")
    services = sum(1 for identity in expected if identity[0] == "service")
    if services < 2 ** arguments.bits:
        problems.append(f"the unbroken run has only {services} services: the test would prove nothing")
    for problem in problems[:20]:
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} 1 - after {kills} kills {len(rows)} rows equal the {len(expected)} of the unbroken run")
    print("1..1")
    return 1 if problems else 0


def rows_begun(database):
    """Was the census itself committed before the kill?"""
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        count = connection.execute("SELECT count(*) FROM census").fetchone()[0]
        connection.close()
        return count > 0
    except sqlite3.Error:
        return False


if __name__ == "__main__":
    sys.exit(main())
