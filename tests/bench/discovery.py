#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What it costs to find hosts: CPU time per SYN and per answering target, ours by each packet path beside zmap and masscan on the same wire.

Everything happens in two namespaces of its own, joined by a veth pair. CPU time is that of the program and that of the kernel's receive thread at its end of the wire.
Runs are interleaved; all are held to one rate, so that nobody is measured while it loses. The world's bitmap says whether each address was sent to exactly once.

script/bench discovery [--bits N] [--runs N] [--rate N] [--json FILE]; root.
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

PORT = 110
SCALE_BITS = 21  # of the addresses of a world 1:100
WAIT_SECONDS = 3


def commands(arguments, link, targets, folder):
    empty = os.path.join(folder, "empty")
    open(empty, "w", encoding="ascii").close()
    found = {
        "mailcensus, AF_XDP": [arguments.sweep_only, "xdp", link, targets, str(PORT), str(arguments.rate), str(WAIT_SECONDS)],
        "mailcensus, AF_PACKET": [arguments.sweep_only, "packet", link, targets, str(PORT), str(arguments.rate), str(WAIT_SECONDS)],
    }
    if shutil.which("zmap"):
        found["zmap"] = simulation.zmap(link, targets, PORT, arguments.rate, WAIT_SECONDS, os.path.join(folder, "zmap.out"), empty)
    if shutil.which("masscan"):
        found["masscan"] = simulation.masscan(link, targets, PORT, arguments.rate, WAIT_SECONDS, os.path.join(folder, "masscan.out"))
    return found


def sent_exactly_once(path, bits):
    """All bits of the prefix on port 110, and no other bit."""
    with open(path, "rb") as file:
        content = file.read()
    size = 2**bits // 8
    return content[:size] == b"\xff" * size and not content[size:].strip(b"\0")


def count_found(name, figures, folder):
    if name.startswith("mailcensus"):
        return json.loads(figures["output"])["found"]
    with open(os.path.join(folder, f"{name}.out"), encoding="ascii") as file:
        lines = {line for line in file if line[0].isdigit() or line.startswith("open")}
    return len(lines)


def one_run(wire, name, command, world, bits, folder):
    sent = os.path.join(folder, "sent")
    is_ours = name.startswith("mailcensus")
    wire.serve(*world, "--sent", sent)
    if not is_ours:
        wire.begin_trickle()
    figures = wire.measure(command, seconds=120 + 2**bits / 20000, stdout=subprocess.PIPE if is_ours else subprocess.DEVNULL, stderr=None if is_ours else subprocess.DEVNULL)
    if not is_ours:
        wire.end_trickle()
    counted = wire.stop()
    figures.update(syns=counted["syns"], repeated=counted["repeated"], is_exact=sent_exactly_once(sent, bits) and counted["repeated"] == 0,
                   found=count_found(name, figures, folder), world_ns=1e9 * counted["receive_seconds"] / max(1, counted["packets"]))
    return figures


def show(report, title, per):
    print(f"\n{title}\n{'':<24} {'min':>8} {'median':>8} {'max':>8}  ns CPU per {per}: program + kernel's receiving; found; each address exactly once")
    for name, row in report.items():
        figures = row["ns"]
        print(f"{name:<24} {figures['min']:>8.0f} {figures['median']:>8.0f} {figures['max']:>8.0f}  {row['program_ns']:.0f} + {row['receive_ns']:.0f}; {row['found']}; "
              f"{'yes' if row['exact_runs'] == row['runs'] else str(row['exact_runs']) + ' of ' + str(row['runs'])}")
    peers = [name for name in report if not name.startswith("mailcensus")]
    if peers:
        better = min(peers, key=lambda name: report[name]["ns"]["median"])
        for name in report:
            if name.startswith("mailcensus"):
                print(f"{name}: {report[better]['ns']['median'] / report[name]['ns']['median']:.1f} times {better} per CPU second")


def measure(wire, arguments, title, world, per, folder):
    hosts, runs = 2**arguments.bits, {}
    targets = f"240.0.0.0/{32 - arguments.bits}"
    all_commands = commands(arguments, wire.pair.scanner, targets, folder)
    for _ in range(arguments.runs):
        for name, command in all_commands.items():
            runs.setdefault(name, []).append(one_run(wire, name, command, world, arguments.bits, folder))
    report = {}
    for name, rows in runs.items():
        report[name] = {"ns": simulation.spread([1e9 * row["cpu_seconds"] / hosts for row in rows]), "runs": len(rows), "exact_runs": sum(row["is_exact"] for row in rows),
                        "program_ns": round(statistics.median(1e9 * row["process_seconds"] / hosts for row in rows)),
                        "receive_ns": round(statistics.median(1e9 * row["receive_seconds"] / hosts for row in rows)),
                        "found": " ".join(str(row["found"]) for row in rows), "syns": [row["syns"] for row in rows], "world_ns": round(statistics.median(row["world_ns"] for row in rows))}
    show(report, title, per)
    return report


def main():
    parser = simulation.options(__doc__.splitlines()[0])
    parser.add_argument("--bits", type=int, default=19, help=f"host bits of the swept prefix, at most {SCALE_BITS} (19: 524,288)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=200000, help="packets per second, for all (200000)")
    arguments = parser.parse_args()
    simulation.programs(arguments)
    wire = simulation.Simulation(arguments)
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}", "hosts": 2**arguments.bits, "rate": arguments.rate}
    print(f"# {report['machine']}; {report['hosts']} addresses, {arguments.rate} packets/s, {arguments.runs} runs each, interleaved")
    with tempfile.TemporaryDirectory() as folder:
        report["sending"] = measure(wire, arguments, "Nobody answers", ["--every", "silent"], "SYN", folder)
        report["answered"] = measure(wire, arguments, "Everybody accepts", ["--every", "clear-dovecot", "--kernel-accepts"], "target", folder)
    wire.close()
    simulation.finish(arguments, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
