#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two censuses of the simulated Internet before and after known changes: mailcensus diff must tell exactly these, host by host and service by service.

In each world some hosts are fixed, gone, new or worse, as --changes decides (world/README.md). Whoever accepts everything or drips is nobody of whom anything can be said, and of all others
everything must be said. What each change means for a service is told here from the two verdicts that the world has for it, not by mailcensus. Each world makes keys and certificates of its
own, so of a service that stayed what it is exactly the certificate must have changed.

script/bench changes [--scale 1:N] [--changes N] [--engine HOW] [--rate N] [--json FILE]; root. Exit code 1: something differs from the truth.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "world"))
import simulation  # noqa: E402

UNFINISHED = 3
SHOWN = 10
PORTS = (110, 143, 993, 995)
# What a verdict says of logins.
GOOD = {"tls-required", "implicit-tls"}
NO_PASSWORD_IN_CLEAR = GOOD | {"legacy-tls-only", "starttls-broken", "starttls-refused", "dead-port"}
OPTIONAL = {"login-before-tls", "starttls-unadvertised"}
WITHOUT_CERTIFICATE = {"no-tls", "not-mail", "starttls-broken", "starttls-refused", "dead-port"}


def scan(wire, arguments, folder, name, *world):
    database, targets = os.path.join(folder, name), os.path.join(folder, "targets")
    wire.serve(*arguments.shape, *world)
    figures = wire.measure([arguments.mailcensus, "scan", "--engine", arguments.engine, "--interface", wire.pair.scanner, "--open", "class-e", "--open", "documentation", "--database", database,
                            "--per-address", "64", "--window", "60", "--gap", "0", "--rate", str(arguments.rate), "--max-open", "100000", "--sessions", "never", "--attempts", "1",
                            "--confirm-after", "0", "--slow-after", "1", "--no-wait", "--sweep-ports", "110,143,993,995", "--progress", "none", "--quiet", "--seed", "1", "--targets", targets],
                           (0, UNFINISHED))
    wire.stop()
    return database, figures["wall_seconds"]


def world(arguments, *words):
    return subprocess.run([arguments.world, *words], check=True, capture_output=True, text=True).stdout.splitlines()[1:]


def verdicts_of_classes(arguments):
    verdicts = {"nobody": ["closed"] * len(PORTS)}
    for line in world(arguments, "classes", "--scale", "1000"):
        name, _, *ports = line.split("\t")
        verdicts[name] = ports[:len(PORTS)]
    return verdicts


def change_of_service(then, now, is_same_class):
    """The words that are right for these two verdicts."""
    if then == now == "closed":
        return set()
    if any("unknown" in verdict or "slow" in verdict for verdict in (then, now)):
        return {"cannot-say"}
    if "closed" in (then, now):
        return {"new"} if then == "closed" else {"gone"}
    if then == now and then in WITHOUT_CERTIFICATE:
        return {"unchanged"} if is_same_class else {"unchanged", "changed"}  # other software
    if then == now:
        return {"changed (certificate)"} if is_same_class else {"changed (certificate)", "changed (certificate, software)"}
    if then == "no-tls" and now in GOOD:
        return {"fixed"}
    if (then in NO_PASSWORD_IN_CLEAR or then in OPTIONAL) and now == "no-tls":
        return {"regressed"}
    return {"changed"}


def expected(arguments):
    """{(address, port): words} and {address: word}."""
    services, hosts, verdicts = {}, {}, verdicts_of_classes(arguments)
    for line in world(arguments, "changes", *arguments.shape):
        address, change, then, now = line.split("\t")
        for port, old, new in zip(PORTS, verdicts[then], verdicts[now]):
            words = change_of_service(old, new, then == now)
            if words:
                services[address, port] = words
        if change != "none":
            hosts[address] = change
        elif any("unknown" in verdict for verdict in verdicts[then]):
            hosts[address] = "cannot-say"
        else:
            is_changed = any({"changed (certificate)"} == services.get((address, port)) for port in PORTS)
            hosts[address] = "changed" if is_changed else "unchanged"
    return services, hosts


def word_of(line, words):
    """The change, with what differs where the truth has it so."""
    with_details = f"{line['change']} ({', '.join(line['details'])})"
    return with_details if any("(" in word for word in words) else line["change"]


def found(arguments, old, new):
    output = subprocess.run([arguments.mailcensus, "diff", "--format", "jsonl", "--only", "all", old, new], check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return {(line["address"], line["port"]): line for line in lines[:-1]}, {line["address"]: line["host_change"] for line in lines[:-1]}, lines[-1]


def compare(true_services, true_hosts, services, hosts):
    wrong = []
    for (address, port), words in true_services.items():
        word = word_of(services[address, port], words) if (address, port) in services else "nothing"
        if word not in words:
            wrong.append(f"{address} port {port}: {word}, true is {' or '.join(sorted(words))}")
    wrong += [f"{address} port {port}: {line['change']}, true is nothing" for (address, port), line in services.items() if (address, port) not in true_services]
    wrong += [f"{address}: {hosts.get(address, 'nothing')}, true is {word}" for address, word in true_hosts.items() if hosts.get(address) != word]
    wrong += [f"{address}: {word}, true is nothing" for address, word in hosts.items() if address not in true_hosts]
    return wrong


def main():
    parser = simulation.options(__doc__.splitlines()[0])
    parser.add_argument("--scale", default="1:10000", help="1:N, N up to 10000 (1:10000)")
    parser.add_argument("--changes", default="1", help="the seed of the changes (1)")
    parser.add_argument("--engine", default="packet", choices=["xdp", "packet", "raw"])
    parser.add_argument("--rate", type=int, default=50000, help="SYNs per second (50000)")
    arguments = parser.parse_args()
    simulation.programs(arguments)
    arguments.shape = ["--scale", arguments.scale.removeprefix("1:"), "--changes", arguments.changes]
    wire = simulation.Simulation(arguments)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "targets"), "w", encoding="ascii") as file:
            subprocess.run([arguments.world, "targets", *arguments.shape], check=True, stdout=file)
        old, seconds = scan(wire, arguments, folder, "before.db", "--before")
        new, more = scan(wire, arguments, folder, "after.db")
        services, hosts, totals = found(arguments, old, new)
    wire.close()
    true_services, true_hosts = expected(arguments)
    wrong = compare(true_services, true_hosts, services, hosts)
    counts, true_counts = collections.Counter(hosts.values()), collections.Counter(true_hosts.values())
    print(f"{'hosts':<12} {'true':>8} {'found':>8}   ({seconds:.1f} s and {more:.1f} s for both censuses)")
    for word in ("fixed", "gone", "new", "regressed", "changed", "unchanged", "cannot-say"):
        print(f"{word:<12} {true_counts[word]:>8} {counts[word]:>8}")
    print(f"services: {len(true_services)} true, {len(services)} found; {len(wrong)} differences")
    print("".join(f"  {line}\n" for line in wrong[:SHOWN]), end="")
    simulation.finish(arguments, {"scale": arguments.scale, "hosts": dict(counts), "true_hosts": dict(true_counts), "services": totals["services"], "differences": len(wrong)})
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
