#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What judging and storing costs without a network: CPU time and bytes on disk for each service, memory, and what reading all of it back costs.

Hosts of the usual kinds go through the census writer as the prober tells of them (tests/bench/store_bench.c), each with POP3 and IMAP.
Verifying what servers signed is not part of it; reading and judging a certificate that was never seen before is, in the row of its own.

script/bench store [--hosts N] builds the release and runs it; MAILCENSUS names the program.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def run(command):
    """(standard output, CPU seconds, peak kilobytes) of one child."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
    return output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=100000)
    parser.add_argument("--json", help="write the figures here too")
    arguments = parser.parse_args()
    mailcensus = os.path.abspath(os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus"))
    bench = os.path.join(os.path.dirname(mailcensus), "..", "..", "tests", "bench", "store_bench")
    report = {}
    print(f"{'':<44} {'us/service':>10} {'at the end':>10} {'bytes':>7} {'MB at 1/4':>9} {'MB':>6} {'us to read':>10} {'MB':>6}")
    for name, kind, hosts, chains in (("no TLS", "no-tls", arguments.hosts, 1), ("TLS, 100 chains shared by all", "tls", arguments.hosts, 100),
                                      ("TLS, each host a chain of its own", "tls", max(1000, arguments.hosts // 20), max(1000, arguments.hosts // 20)),
                                      ("half and half", "mix", arguments.hosts, 100)):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "bench.db")
            figures = json.loads(run([bench, database, kind, str(hosts), str(chains)])[0])
            _, seconds, kilobytes = run([mailcensus, "stats", "--json", "--database", database])
        figures["us_to_read"] = round(1e6 * seconds / figures["services"], 2)
        figures["peak_megabytes_reading"] = round(kilobytes / 1024, 1)
        report[name] = figures
        print(f"{name:<44} {figures['us_per_service']:>10} {figures['us_of_the_end']:>10} {figures['bytes_per_service']:>7} {figures['peak_megabytes_at_a_quarter']:>9} "
              f"{figures['peak_megabytes']:>6} {figures['us_to_read']:>10} {figures['peak_megabytes_reading']:>6}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
