#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What whole conversations cost on raw packets: SYN, greeting, capabilities, STARTTLS, hello, flight of certificates, end; beside masscan --banners on the same responder.

One rate for all, in conversations (masscan's counts packets, some nine for each); without loss, and with 1 % of all packets lost either way. Found is who got a verdict after TLS was
seen (ours), a banner (masscan), which asks for less. Ours also verifies what the flight is signed with, judges, and keeps everything on disk; "engine alone" says and hears the same
words, but does what masscan does: nothing is verified, judged or kept.

script/bench conversations [--bits N] [--runs N] [--rate N] [--json FILE]; root.
"""
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "world"))
import simulation  # noqa: E402

# masscan says TLS 1.1 at most, so this kind of host is one that both get a certificate of; no signature is checked then.
PORT, CLASS, VERDICT = 110, "legacy-courier", "legacy-tls-only"
WAIT_SECONDS = 10
PACKETS_PER_CONVERSATION = 9
UNFINISHED = 3


def scan(arguments, engine, link, targets, folder):
    database = os.path.join(folder, "census.db")
    for name in (database, database + "-wal", database + "-shm"):
        if os.path.exists(name):
            os.unlink(name)
    return [arguments.mailcensus, "scan", "--engine", engine, "--interface", link, "--open", "class-e", "--database", database, "--ports", str(PORT), "--sweep-ports", str(PORT),
            "--rate", str(arguments.rate), "--max-open", "30000", "--per-address", "64", "--window", "60", "--gap", "0", "--sessions", "never", "--no-wait", "--confirm-after", "0",
            "--attempts", str(arguments.attempts), "--progress", "none", "--quiet", targets]


def count_ours(arguments, folder):
    shown = subprocess.run([arguments.mailcensus, "stats", "--json", "--database", os.path.join(folder, "census.db")], check=True, capture_output=True, text=True)
    return json.loads(shown.stdout)["services"].get(VERDICT, {}).get(str(PORT), 0)


def count_masscan(folder):
    with open(os.path.join(folder, "masscan.out"), encoding="ascii", errors="replace") as file:
        rows = [line.split() for line in file if line.startswith("banner")]
    return len({row[3] for row in rows}), len({row[3] for row in rows if len(row) > 5 and row[5] in ("X509", "X509CN", "ssl", "SSL", "X509CA")})


def one_run(wire, arguments, name, world, folder):
    link, targets = wire.pair.scanner, f"240.0.0.0/{32 - arguments.bits}"
    seconds = 120 + 2**arguments.bits / 2000
    wire.serve("--every", CLASS, *world)
    if name == "masscan":
        wire.begin_trickle()
        command = simulation.masscan(link, targets, PORT, PACKETS_PER_CONVERSATION * arguments.rate, WAIT_SECONDS, os.path.join(folder, "masscan.out"), "--banners")
        figures = wire.measure(command, seconds=seconds, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wire.end_trickle()
        figures["found"], figures["certificates"] = count_masscan(folder)
    elif name.startswith("engine alone"):
        kept = os.path.join(folder, "engine.json")
        with open(kept, "w", encoding="ascii") as file:
            figures = wire.measure([arguments.sweep_only, "xdp" if name.endswith("XDP") else "packet", link, targets, str(PORT), str(arguments.rate), str(WAIT_SECONDS), "talk", str(arguments.attempts)],
                                   seconds=seconds, stdout=file)
        with open(kept, encoding="ascii") as file:
            figures["found"] = figures["certificates"] = json.load(file)["talks"]
    else:
        figures = wire.measure(scan(arguments, "xdp" if name.endswith("XDP") else "packet", link, targets, folder), (0, UNFINISHED), seconds=seconds)
        figures["found"] = figures["certificates"] = count_ours(arguments, folder)
    figures["world"] = wire.stop()
    return figures


def summary(rows, hosts):
    return {"us": simulation.spread([1e6 * row["cpu_seconds"] / max(1, row["found"]) for row in rows]),
            "per_cpu_second": round(statistics.median(row["found"] / row["cpu_seconds"] for row in rows)),
            "us_per_host": round(statistics.median(1e6 * row["cpu_seconds"] / hosts for row in rows), 1),
            "program_us": round(statistics.median(1e6 * row["process_seconds"] / max(1, row["found"]) for row in rows), 1),
            "found": [row["found"] for row in rows], "certificates": [row["certificates"] for row in rows],
            "completeness": round(100 * min(row["found"] for row in rows) / hosts, 3),
            "wall_seconds": round(statistics.median(row["wall_seconds"] for row in rows), 1),
            "packets_per_conversation": round(statistics.median(row["world"]["packets"] / hosts for row in rows), 1),
            "responder_us": round(statistics.median(1e6 * (row["world"]["cpu_seconds"] + row["world"]["receive_seconds"]) / hosts for row in rows), 1)}


def measure(wire, arguments, title, world, folder):
    names = ["mailcensus, AF_XDP", "mailcensus, AF_PACKET", "engine alone, AF_XDP", "engine alone, AF_PACKET"] + (["masscan"] if shutil.which("masscan") else [])
    runs = {name: [] for name in names}
    for _ in range(arguments.runs):
        for name in names:
            runs[name].append(one_run(wire, arguments, name, world, folder))
    print(f"\n{title}\n{'':<24} {'min':>7} {'median':>7} {'max':>7}  us CPU per conversation found; per host asked; conversations found per CPU second; found, at least; certificates; packets from the scanner")
    report = {name: summary(rows, 2**arguments.bits) for name, rows in runs.items()}
    for name, row in report.items():
        print(f"{name:<24} {row['us']['min']:>7} {row['us']['median']:>7} {row['us']['max']:>7}  {row['us_per_host']:>7}  {row['per_cpu_second']:>7}  {row['completeness']} %  {min(row['certificates'])}  "
              f"{row['packets_per_conversation']} each; responder {row['responder_us']} us")
        if name != "masscan" and "masscan" in report:
            print(f"{'':<24} {row['per_cpu_second'] / max(1, report['masscan']['per_cpu_second']):.1f} times masscan per CPU second, by what was found; "
                  f"{report['masscan']['us_per_host'] / row['us_per_host']:.1f} times by hosts asked, whatever became of them")
    return report


def main():
    parser = simulation.options(__doc__.splitlines()[0])
    parser.add_argument("--bits", type=int, default=16, help="host bits of the prefix, at most 21 (16: 65,536)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=5000, help="conversations per second, for all (5000)")
    parser.add_argument("--attempts", type=int, default=2, help="SYNs of ours per address and port (2)")
    arguments = parser.parse_args()
    simulation.programs(arguments)
    wire = simulation.Simulation(arguments)
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}", "hosts": 2**arguments.bits, "rate": arguments.rate}
    print(f"# {report['machine']}; {report['hosts']} hosts, {arguments.rate} conversations/s, {arguments.runs} runs each, interleaved")
    with tempfile.TemporaryDirectory() as folder:
        report["without loss"] = measure(wire, arguments, "Without loss", [], folder)
        report["1 % loss"] = measure(wire, arguments, "1 % of packets lost, either way", ["--loss", "1"], folder)
    wire.close()
    simulation.finish(arguments, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
