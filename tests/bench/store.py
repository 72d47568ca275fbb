#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What judging and storing costs without a network, in a file and in a PostgreSQL server that is started for it: one census of hosts, then the same hosts again with some of them changed.

Hosts of the usual kinds go through the census writer as the prober tells of them (tests/bench/store_bench.c), each with POP3 and IMAP.
Verifying what servers signed is not part of it; reading and judging a certificate that was never seen before is, in the row of its own.

script/bench store [--hosts N] [--database sqlite|postgresql|both] [--kind KIND] builds the release and runs it; MAILCENSUS names the program. For each census:
  us/service   CPU time of the writer; server us: that of the PostgreSQL server; at the end: what ending the census costs the writer
  services/s   as time passed on this machine, making what servers say not counted
  bytes        by which the store grew, for each service
  stats, html, jsonl   seconds that passed for `mailcensus stats --keep`, which reads and counts all of it, and for reports of all of it; MB: the most memory of those
  counted ms   what is counted answered by `mailcensus stats`; SQL ms: a question of psql to the statistics of all censuses
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

KINDS = {"no-tls": ("no TLS", "no-tls"), "shared": ("TLS, 100 chains shared by all", "tls"), "own": ("TLS, each host a chain of its own", "tls"), "mix": ("half and half", "mix")}
SETTINGS = ["shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=30min"]


def run(command, output=subprocess.PIPE):
    """(standard output, seconds, CPU seconds, peak megabytes) of one child."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=output, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return said, time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def server_seconds(server):
    """CPU time of all processes that the server ever had: those that are gone are in the numbers of their parent."""
    ticks = 0
    pids = [str(server.process.pid)] + subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                ticks += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:15]))
        except FileNotFoundError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


class File:
    """SQLite."""

    name = "SQLite"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mailcensus-bench-", dir="/tmp")
        self.location = os.path.join(self.folder, "bench.db")

    def size(self):
        return sum(os.path.getsize(path) for path in glob.glob(self.location + "*"))

    def server_seconds(self):
        return 0

    def roll_up(self):
        return None

    def close(self):
        shutil.rmtree(self.folder)


class Postgres:
    name = "PostgreSQL"

    def __init__(self):
        self.server = postgres.Server(SETTINGS)
        self.server.__enter__()
        self.server.sql("CREATE DATABASE bench")
        self.location = self.server.location("bench")

    def size(self):
        self.server.sql("CHECKPOINT", "bench")
        return int(self.server.sql("SELECT pg_database_size('bench')"))

    def server_seconds(self):
        return server_seconds(self.server)

    def roll_up(self):
        began = time.monotonic()
        self.server.sql("SELECT * FROM mailcensus.statistics WHERE kind = 'verdict' ORDER BY census", "bench")
        return round(1000 * (time.monotonic() - began), 1)

    def close(self):
        self.server.__exit__(None, None, None)


def read_back(mailcensus, location, figures, formats):
    """Reading may be long: what is not asked for is None."""
    peak = 0
    _, figures["stats_seconds"], _, megabytes = run([mailcensus, "stats", "--json", "--keep", "--database", location], subprocess.DEVNULL)
    peak = max(peak, megabytes)
    figures["counted_ms"] = round(1000 * run([mailcensus, "stats", "--json", "--database", location], subprocess.DEVNULL)[1], 1)
    for form in ("html", "jsonl"):
        figures[form + "_seconds"] = None
        if form in formats:
            _, figures[form + "_seconds"], _, megabytes = run([mailcensus, "report", "--format", form, "--database", location], subprocess.DEVNULL)
            peak = max(peak, megabytes)
    figures["megabytes_reading"] = round(peak, 1)


COLUMNS = (("us/service", "us_per_service"), ("at the end", "us_of_the_end"), ("server us", "server_us"), ("services/s", "services_per_second"), ("bytes", "bytes_per_service"),
           ("MB at 1/4", "peak_megabytes_at_a_quarter"), ("MB", "peak_megabytes"), ("stats s", "stats_seconds"), ("html s", "html_seconds"), ("jsonl s", "jsonl_seconds"),
           ("MB reading", "megabytes_reading"), ("counted ms", "counted_ms"), ("SQL ms", "sql_ms"))


def show(value):
    return "-" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def measure(store, bench, mailcensus, kind, hosts, arguments):
    title, word = KINDS[kind]
    chains = hosts if kind == "own" else 100
    report = {}
    size = store.size()
    for number in range(1, arguments.censuses + 1):
        before = store.server_seconds()
        figures = json.loads(run([bench, store.location, word, str(hosts), str(chains), str(number), str(arguments.changed)])[0])
        figures["server_us"] = round(1e6 * (store.server_seconds() - before) / figures["services"], 2) or None
        figures["services_per_second"] = round(figures["services"] / (figures["seconds"] + figures["seconds_of_the_end"]))
        now = store.size()
        figures["bytes_per_service"], size = round((now - size) / figures["services"]), now
        figures["bytes_in_all"] = now
        read_back(mailcensus, store.location, figures, arguments.report)
        figures["sql_ms"] = store.roll_up()
        report[f"{store.name}, {title}, census {number}"] = figures
        print(f"{title + f', census {number}':<44}" + "".join(f" {show(figures[key]):>{max(len(name), 9)}}" for name, key in COLUMNS), flush=True)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=100000, help="each has two services (100,000)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="sqlite", help="which store (sqlite)")
    parser.add_argument("--kind", choices=tuple(KINDS), action="append", help="which hosts (all kinds)")
    parser.add_argument("--censuses", type=int, default=2, help="how often the same hosts are written (2)")
    parser.add_argument("--changed", type=int, default=10, help="of a thousand hosts, how many change from one census to the next (10)")
    parser.add_argument("--report", choices=("html", "jsonl"), action="append", default=[], help="write such a report of each census too")
    parser.add_argument("--json", help="write the figures here too")
    arguments = parser.parse_args()
    mailcensus = os.path.abspath(os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus"))
    bench = os.path.join(os.path.dirname(mailcensus), "..", "..", "tests", "bench", "store_bench")
    report = {}
    for kind_of_store in (File, Postgres):
        if arguments.database not in (kind_of_store.name.lower(), "both"):
            continue
        print(f"{kind_of_store.name:<44}" + "".join(f" {name:>{max(len(name), 9)}}" for name, _ in COLUMNS))
        for kind in arguments.kind or KINDS:
            store = kind_of_store()
            try:
                report |= measure(store, bench, mailcensus, kind, max(1000, arguments.hosts // 20) if kind == "own" else arguments.hosts, arguments)
            finally:
                store.close()
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
