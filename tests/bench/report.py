#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a report costs, format by format: services a second, CPU time, and the most memory, of a census and of one that has ten times as many services.

The census is made by tests/bench/store_bench.c; its addresses belong to 4,096 made-up networks. Every report is written to a disk, and removed.

script/bench report [--hosts N] [--format FORMAT] [--database sqlite|postgresql] builds the release and runs it; MAILCENSUS names the program.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import store  # noqa: E402

FORMATS = ("shadowserver", "intelmq", "jsonl", "html", "markdown", "tables", "zgrab2", "stix", "cef", "xarf", "openmetrics")
REPORTER = ("--organization", "Example CERT", "--contact", "census@example.org", "--domain", "example.org")
COUNTRIES = ("DE", "PL", "US", "JP", "BR", "IN", "FR", "NL")
FIRST, SHIFT, NETWORKS = 240 << 24, 14, 4096  # 240.0.0.0/6 in pieces


def write_networks(path):
    with open(path, "w", encoding="ascii") as file:
        file.write("prefix,country,asn,as_name\n")
        for number in range(NETWORKS):
            first = FIRST + (number << SHIFT)
            file.write(f"{first >> 24}.{first >> 16 & 255}.{first >> 8 & 255}.{first & 255}/{32 - SHIFT},{COUNTRIES[number % len(COUNTRIES)]},{64512 + number},Network {number}\n")


def size_of(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=50000, help="each has two services (50,000)")
    parser.add_argument("--format", choices=FORMATS, action="append", help="only these (all)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="which store (sqlite)")
    parser.add_argument("--json", help="write the figures here too")
    arguments = parser.parse_args()
    mailcensus = os.path.abspath(os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus"))
    bench = os.path.join(os.path.dirname(mailcensus), "..", "..", "tests", "bench", "store_bench")
    cases = [(form, "all") for form in arguments.format or FORMATS]
    if ("shadowserver", "all") in cases:
        cases.append(("shadowserver", "asn"))
    report = {}
    print(f"{'':<24} {'services':>10} {'seconds':>9} {'services/s':>10} {'us CPU':>7} {'MB':>7} {'bytes':>7} {'files':>6}   bytes: written for each service")
    for hosts in (max(1, arguments.hosts // 10), arguments.hosts):
        kept = store.File() if arguments.database == "sqlite" else store.Postgres()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mailcensus-bench-", dir="/tmp"))
        try:
            write_networks(folder / "networks.csv")
            services = json.loads(store.run([bench, kept.location, "mix", str(hosts), "100"])[0])["services"]
            for form, owner in cases:
                output = folder / "out"
                words = ["--by", owner] if owner != "all" else []
                _, seconds, cpu, megabytes = store.run([mailcensus, "report", "--format", form, "--database", kept.location, "--output", str(output), "--attribution",
                                                        f"csv:{folder / 'networks.csv'}", *REPORTER, *words])
                files = len(list(output.iterdir())) if output.is_dir() else 1
                figures = {"services": services, "seconds": round(seconds, 2), "services_per_second": round(services / seconds), "us": round(1e6 * cpu / services, 1),
                           "megabytes": round(megabytes, 1), "bytes_per_service": round(size_of(output) / services), "files": files}
                shutil.rmtree(output) if output.is_dir() else output.unlink()
                report[f"{form} by {owner}, {services} services"] = figures
                print(f"{form + (' by ' + owner if words else ''):<24} {services:>10} {figures['seconds']:>9} {figures['services_per_second']:>10} {figures['us']:>7} "
                      f"{figures['megabytes']:>7} {figures['bytes_per_service']:>7} {files:>6}", flush=True)
        finally:
            shutil.rmtree(folder)
            kept.close()
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
