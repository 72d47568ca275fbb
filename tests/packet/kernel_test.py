#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""tcp_client against the kernel's TCP: a network namespace of our own, and in it a tun device whose other end is the program that runs the tests.

usage: kernel_test.py TCP_KERNEL_TEST
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import namespace  # noqa: E402

DEVICE = "census0"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def main():
    namespace.enter()
    made = subprocess.run(["ip", "tuntap", "add", "dev", DEVICE, "mode", "tun"], capture_output=True, text=True)
    if made.returncode != 0:
        print(f"1..0 # SKIP no tun device: {made.stderr.strip()}")
        sys.exit(namespace.SKIPPED)
    # Only here: no router of ours, no neighbour discovery. The namespace has no other device and no default route.
    ip("address", "add", "198.18.0.1/24", "dev", DEVICE)
    ip("-6", "address", "add", "2001:db8::1/64", "dev", DEVICE, "nodad")
    ip("link", "set", DEVICE, "up")
    os.execv(sys.argv[1], [sys.argv[1], DEVICE])


if __name__ == "__main__":
    main()
