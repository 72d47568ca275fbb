#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What judging and storing costs without a network: CPU time and bytes on disk for each service, memory, and what reading all of it back costs.

Hosts of the usual kinds go through the census writer as the prober tells of them (tests/bench/store_bench.c), each with POP3 and IMAP.
Verifying what servers signed is not part of it; reading and judging a certificate that was never seen before is, in the row of its own.

script/bench store [--hosts N] builds the release and runs it; MAILCENSUS names the program. --postgres adds a PostgreSQL server that is started for it; CPU time of
the server is in the column behind: what a service costs it.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402


def run(command):
    """(standard output, CPU seconds, peak kilobytes) of one child."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


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


def measure_postgres(bench, mailcensus, rows, censuses):
    """The same into PostgreSQL, then the same again: what an unchanged census costs, and what reading and statistics cost."""
    report = {}
    print(f"\n{'PostgreSQL':<44} {'us/service':>10} {'at the end':>10} {'server us':>10} {'services/s':>10} {'bytes':>7} {'MB':>6} {'us to read':>10} {'roll-up ms':>10}")
    for name, kind, hosts, chains in rows:
        with postgres.Server(["shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=30min"]) as server:
            server.sql("CREATE DATABASE bench")
            location, size = server.location("bench"), 0
            for number in range(1, censuses + 1):
                before, began = server_seconds(server), time.monotonic()
                figures = json.loads(run([bench, location, kind, str(hosts), str(chains)])[0])
                wall = time.monotonic() - began
                figures["server_us_per_service"] = round(1e6 * (server_seconds(server) - before) / figures["services"], 2)
                figures["services_per_second"] = round(figures["services"] / wall)
                server.sql("CHECKPOINT; SELECT 1", "bench")
                now = int(server.sql("SELECT pg_database_size('bench')"))
                figures["bytes_per_service"], size = round((now - size) / figures["services"]), now
                _, seconds, _ = run([mailcensus, "stats", "--json", "--database", location])
                figures["us_to_read"] = round(1e6 * seconds / figures["services"], 2)
                began = time.monotonic()
                server.sql("SELECT * FROM mailcensus.statistics WHERE kind = 'verdict' ORDER BY census", "bench")
                figures["rollup_ms"] = round(1000 * (time.monotonic() - began), 1)
                report[f"{name}, census {number}"] = figures
                print(f"{name + f', census {number}':<44} {figures['us_per_service']:>10} {figures['us_of_the_end']:>10} {figures['server_us_per_service']:>10} {figures['services_per_second']:>10} "
                      f"{figures['bytes_per_service']:>7} {figures['peak_megabytes']:>6} {figures['us_to_read']:>10} {figures['rollup_ms']:>10}", flush=True)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=100000)
    parser.add_argument("--postgres", action="store_true", help="measure PostgreSQL too")
    parser.add_argument("--censuses", type=int, default=2, help="how often the same census is written to PostgreSQL")
    parser.add_argument("--json", help="write the figures here too")
    arguments = parser.parse_args()
    mailcensus = os.path.abspath(os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus"))
    bench = os.path.join(os.path.dirname(mailcensus), "..", "..", "tests", "bench", "store_bench")
    report = {}
    print(f"{'':<44} {'us/service':>10} {'at the end':>10} {'bytes':>7} {'MB at 1/4':>9} {'MB':>6} {'us to read':>10} {'MB':>6}")
    rows = (("no TLS", "no-tls", arguments.hosts, 1), ("TLS, 100 chains shared by all", "tls", arguments.hosts, 100),
            ("TLS, each host a chain of its own", "tls", max(1000, arguments.hosts // 20), max(1000, arguments.hosts // 20)),
            ("half and half", "mix", arguments.hosts, 100))
    for name, kind, hosts, chains in rows:
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "bench.db")
            figures = json.loads(run([bench, database, kind, str(hosts), str(chains)])[0])
            _, seconds, kilobytes = run([mailcensus, "stats", "--json", "--database", database])
        figures["us_to_read"] = round(1e6 * seconds / figures["services"], 2)
        figures["peak_megabytes_reading"] = round(kilobytes / 1024, 1)
        report[name] = figures
        print(f"{name:<44} {figures['us_per_service']:>10} {figures['us_of_the_end']:>10} {figures['bytes_per_service']:>7} {figures['peak_megabytes_at_a_quarter']:>9} "
              f"{figures['peak_megabytes']:>6} {figures['us_to_read']:>10} {figures['peak_megabytes_reading']:>6}")
    if arguments.postgres:
        report["PostgreSQL"] = measure_postgres(bench, mailcensus, rows, arguments.censuses)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
