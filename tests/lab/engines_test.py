#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A census of the lab by each packet engine: every verdict is compared with the truth, every sent byte with what rule K-1 allows.

The servers run in a network namespace of their own and keep their loopback addresses; a veth pair leads there, and the engines are told interface, next hop and source.
"""
import argparse
import fnmatch
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import capture  # noqa: E402
import lab  # noqa: E402
import lab_test  # noqa: E402
import namespace  # noqa: E402
import places  # noqa: E402
import truth  # noqa: E402

ENGINES = ("packet", "xdp")
WORLD_LINK = "02:00:00:00:00:02"
TABLE = "100" # of routes, in the namespace of the servers
# Whoever looks at them waits: --quick leaves them to the whole run.
SLOW = {"unterminated-capa", "drips-at-capability", "starttls-unanswered", "greeting-after-12-s", "server-hello-then-silence", "silent", "agrees-then-hangs", "silent-on-tls-ports",
        "greeting-after-25-s", "http-when-asked", "syn-proxy", "tls-on-plain-ports", "one-byte-per-second", "drips-forever", "silent-inside-tls", "mail-ports-silent",
        "accepts-everything"}


def lead_to_loopback(pair):
    """In the namespace of the servers: what comes for 127/8 by the wire is theirs, and answers to the census go back by it."""
    for name in ("all", pair.world):
        for setting in ("route_localnet=1", "rp_filter=0"):
            namespace.run(*pair.prefix, "sysctl", "-q", "-w", f"net.ipv4.conf.{name}.{setting}")
    namespace.run(*pair.prefix, "ip", "neigh", "replace", namespace.SCANNER_ADDRESS, "lladdr", "02:00:00:00:00:01", "dev", pair.world, "nud", "permanent")
    namespace.run(*pair.prefix, "ip", "route", "add", capture.CENSUS, "via", namespace.SCANNER_ADDRESS, "dev", pair.world, "table", TABLE)
    # All of 127/8 is local, by the rule that is asked first: ours has to be before it.
    namespace.run(*pair.prefix, "ip", "rule", "add", "pref", "1", "to", capture.CENSUS, "lookup", TABLE)
    namespace.run(*pair.prefix, "ip", "rule", "add", "pref", "2", "lookup", "local")
    namespace.run(*pair.prefix, "ip", "rule", "delete", "pref", "0")
    pair.check()


def run_lab(pair, word):
    """In the namespace of the servers."""
    return subprocess.call([*pair.prefix, sys.executable, os.path.join(places.SOURCE, "lab.py"), word])


def compared(rows, services, results):
    """Without hosts that have no open port: a packet engine counts them, and keeps no row of each."""
    closed = {row.address for row in rows} - {row.address for row in rows if row.verdict != "closed"}
    kept = sorted(address for address, _ in services if address in closed)
    results.note(not kept, f"hosts without an open port have rows: {kept}")
    return [row for row in rows if row.address not in closed]


def census(engine, arguments, rows, pair, folder, results):
    database, wire = os.path.join(folder, f"{engine}.db"), os.path.join(folder, f"{engine}.pcap")
    for path in (database, database + "-wal", database + "-shm", wire):
        if os.path.exists(path):
            os.unlink(path)
    addresses = sorted({row.address for row in rows})
    print(f"{engine}: a census of {len(addresses)} addresses, {len(rows)} services", flush=True)
    failed, began = results.failed, time.monotonic()
    tap = capture.Capture(wire, pair.world, pair.prefix)
    try:
        lab_test.scan(arguments.mailcensus, database, addresses, "--engine", engine, "--interface", pair.scanner, "--gateway-mac", WORLD_LINK,
                      "--sweep-ports", ",".join(map(str, places.PORTS)))
    finally:
        lost = tap.stop()
    print(f"it took {time.monotonic() - began:.0f} s", flush=True)
    services = lab_test.export(arguments.mailcensus, database)
    lab_test.check_verdicts(compared(rows, services, results), services, results)
    lab_test.check_capture(wire, lost, lab_test.check_transcripts(database, results), results)
    lab_test.check_listeners(results)
    print(f"{engine}: {'as the truth is' if results.failed == failed else 'not as the truth is'}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="script/lab engines", description=__doc__.splitlines()[0])
    parser.add_argument("mailcensus", help="the program to test, for example build/release/src/app/mailcensus")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only configurations with such a name, for example 'dovecot-*'")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="without those for which one has to wait: under a minute in all")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the databases and the packet captures there")
    arguments = parser.parse_args()
    arguments.mailcensus = os.path.abspath(arguments.mailcensus)
    if not os.access(arguments.mailcensus, os.X_OK):
        parser.error(f"{arguments.mailcensus} is no program; script/build makes it")
    if os.geteuid() != 0:
        print("namespaces, the servers of the lab and the packet engines need root: sudo script/lab engines ...", file=sys.stderr)
        return 1
    rows = [row for row in truth.rows() if fnmatch.fnmatch(row.config, arguments.only) and not (arguments.quick and row.config in SLOW)]
    if not rows:
        parser.error(f"no configuration is called like {arguments.only}; script/lab list shows them")
    if lab.is_running():
        print("the lab is up, and its servers exist once: sudo script/lab down", file=sys.stderr)
        return 1
    pair, results = namespace.Pair(), lab_test.Results()
    try:
        lead_to_loopback(pair)
        if run_lab(pair, "up") != 0:
            return 1
        with tempfile.TemporaryDirectory() as folder:
            for engine in ENGINES if arguments.engine is None else (arguments.engine,):
                if arguments.keep:
                    os.makedirs(arguments.keep, exist_ok=True)
                census(engine, arguments, rows, pair, arguments.keep or folder, results)
    finally:
        run_lab(pair, "down")
        pair.close()
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
