#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A census of the simulated Internet, compared with its truth host by host, and its statistics by country and network.

240.0.0.0/4 and an IPv6 list at scale 1:1 have the published shape: 3.3 million hosts without TLS, at least as many with, and many that are something else. --scale 1:100 (the default) has
a hundredth of all, in a hundred and twenty-eighth of the addresses.

script/bench world [--scale 1:N] [--engine HOW] [--rate N] [--family 4|6|both] [--patient] [--json FILE]; root. Exit code 1: something differs from the truth.
"""
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "world"))
import groups  # noqa: E402
import simulation  # noqa: E402

UNFINISHED = 3
SHOWN_COUNTRIES = 5
QUERY = "SELECT hex(address), port, name FROM service JOIN word ON kind = 'verdict' AND number = verdict WHERE census = (SELECT max(id) FROM census)"


def scan_command(arguments, link, database, targets):
    words = [arguments.mailcensus, "scan", "--engine", arguments.engine, "--interface", link, "--verbose", "--open", "class-e", "--open", "documentation", "--database", database,
             "--per-address", "64", "--window", "60", "--gap", "0", "--rate", str(arguments.rate), "--max-open", "100000", "--sessions", "never", "--attempts", str(arguments.attempts),
             "--confirm-after", "0", "--slow-after", "1", "--progress", "none", "--seed", str(arguments.seed), "--targets", targets, "--no-counts"]
    return words if arguments.patient else words + ["--no-wait"]


def compare(arguments, database):
    """Rows go to the world's own program, which knows what is true of each address."""
    words = [arguments.world, "compare", *arguments.shape, "--family", arguments.family, "--ports", "110,143"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for address, port, verdict in connection.execute(QUERY):
            process.stdin.write(f"{address}\t{port}\t{verdict}\n")
    process.stdin.close()
    result = json.loads(process.stdout.read())
    process.wait()
    return result


def show_table(result):
    for family in sorted({row["family"] for row in result["countries"]}):
        rows = [row for row in result["countries"] if row["family"] == family]
        print(f"\nhosts without TLS, IPv{family:<3} {'true':>10} {'found':>10}")
        for row in rows[:SHOWN_COUNTRIES]:
            print(f"  {row['country']:<20} {row['true']:>10} {row['found']:>10}")
        rest = rows[SHOWN_COUNTRIES:]
        print(f"  {len(rest)} more{'':<14} {sum(row['true'] for row in rest):>10} {sum(row['found'] for row in rest):>10}")
        print(f"  {'all':<20} {sum(row['true'] for row in rows):>10} {sum(row['found'] for row in rows):>10}")
    different = [row for row in result["countries"] if row["true"] != row["found"]]
    print(f"countries that differ: {len(different)}")
    print(f"services: {result['rows']} rows, {result['right']} right, {result['wrong']} wrong, {result['missing']} missing, {result['repeated']} twice, {result['invented']} where nobody is")
    if result["classes"]:
        print(f"by class: {json.dumps(result['classes'])}")
    return result["wrong"] + result["missing"] + result["repeated"] + result["unread"] + len(different) == 0


def show_cost(figures, counted, size, found):
    print(f"\nwall time {figures['wall_seconds']:.1f} s; CPU: scanner {figures['process_seconds']:.1f} s + kernel's receiving {figures['receive_seconds']:.1f} s; "
          f"world {counted['cpu_seconds']:.1f} s + {counted['receive_seconds']:.1f} s")
    print(f"peak memory {figures['peak_kilobytes'] / 1024:.0f} MiB; packets sent {counted['packets']} ({counted['bytes']} bytes), of them {counted['syns']} SYNs; "
          f"{counted['packets'] / max(1, found):.1f} packets per found host; on disk {size} bytes, {size / max(1, found):.0f} per found host")
    print(f"lost at the world's end for lack of room: {counted['ring_full'] + counted['no_room']}")


def run(wire, arguments, folder):
    targets, database = os.path.join(folder, "targets"), os.path.join(folder, "census.db")
    with open(targets, "w", encoding="ascii") as file:
        subprocess.run([arguments.world, "targets", *arguments.shape, "--family", arguments.family], check=True, stdout=file)
    wire.serve(*arguments.shape, "--loss", str(arguments.loss))
    figures = wire.measure(scan_command(arguments, wire.pair.scanner, database, targets), (0, UNFINISHED))
    counted = wire.stop()
    size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith("census.db"))
    result = compare(arguments, database)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT count(DISTINCT hex(address)) FROM service").fetchone()[0]
    is_same = show_table(result)
    statistics = groups.compare(arguments, database, folder)
    is_same = groups.show(statistics) and is_same
    show_cost(figures, counted, size, found)
    del figures["output"]
    if arguments.keep:
        shutil.copy(database, arguments.keep)
    return {"scale": arguments.scale, "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}", "scanner": figures, "world": counted, "comparison": result,
            "statistics": statistics, "found_hosts": found, "bytes_on_disk": size, "is_same": is_same}


def main():
    parser = simulation.options(__doc__.splitlines()[0])
    parser.add_argument("--scale", default="1:100", help="1:N, N up to 1000 (1:100)")
    parser.add_argument("--engine", default="xdp", choices=["xdp", "packet", "raw"])
    parser.add_argument("--rate", type=int, default=100000, help="SYNs per second (100000)")
    parser.add_argument("--attempts", type=int, default=1, help="SYNs per address and port (1)")
    parser.add_argument("--loss", type=float, default=0, help="percent of packets that the world loses, either way (0)")
    parser.add_argument("--family", default="both", choices=["4", "6", "both"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patient", action="store_true", help="take the later looks at silent services, too: four minutes more")
    parser.add_argument("--keep", help="keep the database as this file")
    arguments = parser.parse_args()
    simulation.programs(arguments)
    arguments.shape = ["--scale", arguments.scale.removeprefix("1:"), "--seed", str(arguments.seed)]
    wire = simulation.Simulation(arguments, pins=True)
    with tempfile.TemporaryDirectory() as folder:
        report = run(wire, arguments, folder)
    wire.close()
    simulation.finish(arguments, report)
    return 0 if report["is_same"] else 1


if __name__ == "__main__":
    sys.exit(main())
