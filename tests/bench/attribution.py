#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Look-ups of countries and networks, beside a search one by one and beside libmaxminddb.

usage: attribution.py [FILE.mmdb]

Without a file one is made of 50,000 random prefixes.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "command"))
import mmdb  # noqa: E402


def make(path):
    choose = random.Random(1)
    entries = {}
    for _ in range(50000):
        length = choose.choice((16, 18, 20, 22, 24, 24, 24))
        number = choose.getrandbits(32) >> (32 - length) << (32 - length)
        prefix = f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/{length}"
        entries[prefix] = {"country": {"iso_code": choose.choice(("DE", "FR", "NL", "US", "JP"))},
                           "autonomous_system_number": mmdb.Integer(choose.randrange(1, 60000))}
    # The writer takes no prefix inside of another: the wider one goes.
    taken = set()
    kept = {}
    for prefix, value in sorted(entries.items(), key=lambda item: -int(item[0].split("/")[1])):
        address, length = prefix.split("/")
        number = int.from_bytes(bytes(map(int, address.split("."))), "big")
        if (number, int(length)) in taken:
            continue
        kept[prefix] = value
        taken.update((number >> (32 - wider) << (32 - wider), wider) for wider in range(8, int(length) + 1))
    mmdb.write(path, 6, kept)


def main():
    bench = pathlib.Path(os.environ["MAILCENSUS"]).parent.parent.parent / "tests" / "bench" / "attribution_bench"
    with tempfile.TemporaryDirectory() as folder:
        path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, "random.mmdb")
        if len(sys.argv) < 2:
            make(path)
        sys.exit(subprocess.run([bench, path], check=False).returncode)


if __name__ == "__main__":
    main()
