#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs a command in a network namespace of its own that has nothing but loopback, so that its ports are its own and it may run beside others.

Where that is not allowed the command runs as it is: on loopback too, with whatever ports are free.
usage: apart.py COMMAND [ARGUMENT...]
"""
import ctypes
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import namespace  # noqa: E402


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    if ctypes.CDLL(None).unshare(namespace.CLONE_NEWNET) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        namespace.refuse_uplink()
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
