# SPDX-License-Identifier: ISC
"""A network namespace of our own without any uplink: nothing that is sent in it can leave the machine."""
import ctypes
import os
import subprocess
import sys

CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
SKIPPED = 77  # meson's word for a test that could not run here


def links():
    return sorted(name for name in os.listdir("/sys/class/net") if os.path.exists(f"/sys/class/net/{name}/address"))


def enter():
    """Moves this process into a new network namespace with only a loopback device, up. Ends the process (skipped) where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        print("1..0 # SKIP a network namespace of our own needs root (or sudo)")
        sys.exit(SKIPPED)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    refuse_uplink()


def refuse_uplink():
    """Stops unless loopback is the only device that is up and there is no route to anywhere else."""
    shown = subprocess.run(["ip", "-o", "link", "show", "up"], check=True, capture_output=True, text=True).stdout.splitlines()
    others = [line for line in shown if ": lo:" not in line]
    routes = subprocess.run(["ip", "route", "show", "default"], check=True, capture_output=True, text=True).stdout.strip()
    if others or routes:
        raise SystemExit(f"refusing to send: this namespace is connected ({others or routes})")
