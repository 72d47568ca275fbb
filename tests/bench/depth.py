#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What each depth costs the host that is looked at: connections, key exchanges and bytes, read from a capture of the wire.

usage: script/bench depth [--json]        needs root, for the servers of the lab (script/lab) and the capture

Every service is asked alone, at each depth, with the pauses that are kind to strangers left out. A key exchange is what costs a server most: it is
counted where the server signed one, in a flight in clear or in a real session; a HelloRetryRequest needs none.
"""
import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
for folder in ("lab", "python"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import capture  # noqa: E402
import lab  # noqa: E402
import transcript  # noqa: E402
import truth  # noqa: E402

OPTIONS = ["--open", "loopback", "--per-address", "200", "--window", "60", "--gap", "0", "--slow-after", "1", "--confirm-after", "1", "--source", capture.CENSUS,
           "--progress", "none", "--quiet"]
SERVICES = [("dovecot-optional", 143), ("dovecot-optional", 993), ("dovecot-no-tls", 143), ("courier-starttls-and-implicit", 143), ("courier-starttls-and-implicit", 993), ("cyrus-optional", 143),
            ("cyrus-optional", 993)]
DEPTHS = ("verdict", "standard", "full")


def scan(mailcensus, folder, address, port, depth):
    database, wire = os.path.join(folder, "depth.db"), os.path.join(folder, "depth.pcap")
    for path in (database, database + "-wal", database + "-shm", wire):
        if os.path.exists(path):
            os.unlink(path)
    tap = capture.Capture(wire)
    try:
        code = subprocess.run([mailcensus, "scan", "--database", database, "--depth", depth, *OPTIONS, f"{address}:{port}"], check=False, timeout=300).returncode
    finally:
        lost = tap.stop()
    if code not in (0, 3) or lost != 0:
        raise SystemExit(f"the scan of {address}:{port} ended with {code}, the capture lost {lost} packets")
    return database, wire


def key_exchanges(database):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    count = 0
    for _, _, _, data in transcript.of_database(connection):
        for kind, _, content in transcript.records(data):
            count += kind == "tls" and b"outcome=proven" in content
    connection.close()
    return count


def measure(mailcensus, folder, config, address, port, depth):
    database, wire = scan(mailcensus, folder, address, port, depth)
    to_server = from_server = 0
    for _, source, _, destination, _, _, _, _, size in capture._packets(wire): # pylint: disable=protected-access
        to_server += size if destination == address else 0
        from_server += size if source == address else 0
    return {"service": f"{config}:{port}", "depth": depth, "connections": len(capture.streams(wire)), "key_exchanges": key_exchanges(database),
            "bytes_to_server": to_server, "bytes_from_server": from_server}


def main():
    parser = argparse.ArgumentParser(prog="script/bench depth", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        print("the servers of the lab and the packet capture need root", file=sys.stderr)
        return 1
    address_of = {config: address for address, config in truth.addresses().items()}
    is_ours = lab.main(["status", "--quiet"]) != 0
    if is_ours and lab.main(["up"]) != 0:
        return 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            if not arguments.json:
                print(f"{'service':24} {'depth':10} {'connections':>12} {'key exchanges':>14} {'bytes to it':>12} {'bytes from it':>14}")
            for config, port in SERVICES:
                for depth in DEPTHS:
                    row = measure(os.environ["MAILCENSUS"], folder, config, address_of[config], port, depth)
                    if arguments.json:
                        print(json.dumps(row), flush=True)
                    else:
                        print(f"{row['service']:24} {row['depth']:10} {row['connections']:12} {row['key_exchanges']:14} {row['bytes_to_server']:12} {row['bytes_from_server']:14}", flush=True)
    finally:
        if is_ours:
            lab.main(["down"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
