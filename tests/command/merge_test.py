#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Three shards of a scan merged are the census that one machine would have made, row by row, however often they are merged, in which order, and whenever the merge is killed.

Everything happens inside a network namespace of its own that has nothing but a loopback device.
usage: merge_test.py MAILCENSUS RESPONDER
"""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402
import transcript  # noqa: E402

TIME_COLUMNS = {"decided_at", "started_at", "duration_ms", "ended_at", "judged_at", "moments"}
failures = 0
count = 0


def check(condition, what, detail=""):
    global failures, count
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}")
    if not condition and detail:
        print(f"# {detail}")


def scan(mailcensus, database, *options):
    subprocess.run([mailcensus, "scan", "--database", database, "--open", "loopback", "--ports", "110,143", "--rate", "20000", "--per-address", "64", "--window", "60", "--gap", "0",
                    "--seed", "7", "--progress", "none", "--quiet", *options, "127.30.0.0/23"], check=True)


def merge(mailcensus, *names):
    return subprocess.run([mailcensus, "merge", *names], capture_output=True, text=True)


def rows_of(database):
    """All that is there to be seen of the newest census, without moments."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    rows = []
    for view in ("service_view", "finding_view", "certificate_view", "chain_view", "finding_count_view", "census_view"):
        for row in connection.execute(f"SELECT * FROM {view}"):
            rows.append((view,) + tuple(row[key] for key in row.keys() if key not in TIME_COLUMNS and key not in ("id", "census", "tool_version")))
    connection.row_factory = None
    for address, port, attempt, data in transcript.of_database(connection):
        rows.append(("conversation", address, port, attempt, str(transcript.without_moments(data))))
    connection.close()
    return sorted(rows, key=repr)


def dump(database):
    """Every byte of every table."""
    connection = sqlite3.connect(database)
    text = "\n".join(connection.iterdump())
    connection.close()
    return text


def kept(path, where=""):
    """The statistics that were counted at the end."""
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT kind, value, numbers FROM counted {where} ORDER BY 1, 2").fetchall()


def main():
    mailcensus, responder_path = map(os.path.abspath, sys.argv[1:3])
    namespace.enter()
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)  # noqa: E731
        responder = subprocess.Popen([responder_path, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
        try:
            responder.stdout.readline()
            scan(mailcensus, path("whole.db"))
            for shard in (1, 2, 3):
                scan(mailcensus, path(f"part{shard}.db"), "--shard", f"{shard}/3")
            scan(mailcensus, path("other.db"), "--seed", "8", "--ports", "143")
        finally:
            responder.terminate()
            responder.wait()
        whole = rows_of(path("whole.db"))
        check(len(whole) > 2000, "the unbroken census has rows", len(whole))
        two = merge(mailcensus, path("out.db"), path("part3.db"), path("part1.db"))
        check(two.returncode == 3 and "missing of its 3 shards: 2\n" in two.stderr, "a missing shard is named", two.stderr)
        listed = subprocess.run([mailcensus, "list", "--database", path("out.db")], capture_output=True, text=True).stdout
        check("waits for more shards" in listed, "an incomplete merge is shown", listed)
        resumed = subprocess.run([mailcensus, "scan", "--resume", "--database", path("out.db")], capture_output=True, text=True)
        check(resumed.returncode != 0 and "no unfinished census" in resumed.stderr, "nobody's scan is resumed", resumed.stderr)
        three = merge(mailcensus, path("out.db"), path("part2.db"))
        check(three.returncode == 0, "the last shard completes it", three.stderr)
        merged = rows_of(path("out.db"))
        check(merged == whole, "three shards are the whole census", [pair for pair in zip(merged, whole) if pair[0] != pair[1]][:3] or (len(merged), len(whole)))
        check(kept(path("out.db"), "WHERE census = 1") == kept(path("whole.db")) != [], "what was counted of them together is that of the whole census", kept(path("out.db"))[:3])
        shutil.copy(path("whole.db"), path("uncounted.db"))
        with sqlite3.connect(path("uncounted.db")) as connection:
            connection.execute("DELETE FROM counted")
        counted = subprocess.run([mailcensus, "scan", "--resume", "--database", path("uncounted.db")], capture_output=True, text=True)
        check(counted.returncode == 0 and "was counted" in counted.stderr and kept(path("uncounted.db")) == kept(path("whole.db")),
              "a scan that was killed while it was counted goes on with that", counted.stderr)
        twice = subprocess.run([mailcensus, "scan", "--resume", "--database", path("uncounted.db")], capture_output=True, text=True)
        check(twice.returncode != 0 and "no unfinished census" in twice.stderr, "and then there is nothing to go on with", twice.stderr)
        before = dump(path("out.db"))
        again = merge(mailcensus, path("out.db"), path("part1.db"), path("part2.db"), path("part3.db"))
        check(again.returncode == 0 and again.stderr.count("nothing new") == 3, "merged again they are known", again.stderr)
        check(dump(path("out.db")) == before, "and change nothing")
        kills = 0
        for attempt in range(40):
            process = subprocess.Popen([mailcensus, "merge", path("killed.db")] + [path(f"part{shard}.db") for shard in (1, 2, 3)], stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=chance.uniform(0.01, 0.3) if attempt < 12 else 60)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
        check(process.returncode == 0 and kills > 0 and rows_of(path("killed.db")) == whole, f"after {kills} kills the same rows")
        check(kept(path("killed.db")) == kept(path("whole.db")), "and the same counts")
        plain = merge(mailcensus, path("plain.db"), path("whole.db"), path("other.db"), path("whole.db"))
        listed = subprocess.run([mailcensus, "list", "--json", "--database", path("plain.db")], capture_output=True, text=True).stdout
        check(plain.returncode == 0 and listed.count('"census":') == 2, "different censuses stand beside each other", listed + plain.stderr)
        shutil.copy(path("whole.db"), path("unfinished.db"))
        connection = sqlite3.connect(path("unfinished.db"))
        connection.execute("UPDATE census SET ended_at = 0")
        connection.commit()
        connection.close()
        refused = merge(mailcensus, path("plain.db"), path("unfinished.db"))
        check(refused.returncode == 1 and "is not finished" in refused.stderr, "an unfinished census is refused", refused.stderr)
        itself = merge(mailcensus, path("plain.db"), path("plain.db"))
        check(itself.returncode == 1 and "into itself" in itself.stderr, "a file is not merged into itself", itself.stderr)
        check(merge(mailcensus, path("plain.db")).returncode == 2, "one file is too few")
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
