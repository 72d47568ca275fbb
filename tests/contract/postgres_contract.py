#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs the contract of the stores against a real PostgreSQL server, which it starts itself: each test of it has a database of its own.

usage: postgres_contract.py STORE_CONTRACT_TEST
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

DATABASES = 40


def main():
    try:
        # What a crash of the machine does is no matter here; kills are (postgres_kill_test.py).
        with postgres.Server(["fsync=off", "max_wal_size=4GB"]) as server:
            server.sql("".join(f"CREATE DATABASE contract_{number};\n" for number in range(DATABASES)))
            return subprocess.run([sys.argv[1]], env=dict(os.environ, MAILCENSUS_CONTRACT_SERVER=server.parameters())).returncode
    except postgres.CannotStart as reason:
        postgres.skip(reason)


if __name__ == "__main__":
    sys.exit(main())
