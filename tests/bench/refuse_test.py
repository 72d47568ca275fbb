#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""No bench begins where something could leave the machine. usage: refuse_test.py FOLDER_OF_THE_BENCHES"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

BENCHES = ("discovery", "conversations", "world")
CONNECTIONS = (  # what is done to an empty namespace, what the refusal names
    ([["address", "add", "192.0.2.7/24", "dev", "uplink"]], "the address 192.0.2.7"),
    ([["address", "add", "198.18.5.1/24", "dev", "uplink"]], "the device uplink is up"),
    ([["address", "add", "198.18.5.1/24", "dev", "uplink"], ["route", "add", "default", "via", "198.18.5.2"]], "a route to default"),
    ([["address", "add", "198.18.5.1/24", "dev", "uplink"], ["route", "add", "203.0.113.0/24", "via", "198.18.5.2"]], "a route to 203.0.113.0/24"),
    ([["-6", "address", "add", "2001:470::1/64", "dev", "uplink", "nodad"]], "the address 2001:470::1"),
)


class Results:
    def __init__(self):
        self.number = self.failed = 0

    def check(self, is_right, name, detail=""):
        self.number += 1
        self.failed += 0 if is_right else 1
        print(f"{'ok' if is_right else 'not ok'} {self.number} - {name}")
        if not is_right:
            print("# " + str(detail).replace("\n", "\n# "))


def connect(steps):
    """A device that could be an uplink, in a namespace of its own; its other end is down and leads nowhere."""
    if namespace.libc.unshare(namespace.CLONE_NEWNET) != 0:
        namespace.skip("a network namespace of our own needs root (or sudo)")
    namespace.run("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "nowhere")
    for link in ("lo", "uplink", "nowhere"):
        namespace.run("ip", "link", "set", link, "up")
    for step in steps:
        namespace.run("ip", *step)


def begin(bench, folder):
    """From inside the connected namespace: must end before it does anything."""
    return subprocess.run([sys.executable, os.path.join(folder, f"{bench}.py"), "--stay"], capture_output=True, text=True, timeout=60, check=False)


def is_refused(function, wanted):
    try:
        function()
    except SystemExit as refusal:
        return "refusing to send" in str(refusal) and wanted in str(refusal)
    return False


def main():
    folder, results = os.path.abspath(sys.argv[1]), Results()
    for steps, wanted in CONNECTIONS:
        connect(steps)
        for bench in BENCHES:
            ended = begin(bench, folder)
            results.check(ended.returncode == 1 and "refusing to send" in ended.stderr and wanted in ended.stderr, f"{bench} refuses: {wanted}", ended.stderr)
    pair = namespace.Pair()
    pair.check()
    results.check(True, "the two namespaces that the benches make pass")
    namespace.run(*pair.prefix, "ip", "address", "add", "10.1.2.3/24", "dev", pair.world)
    results.check(is_refused(pair.check, "the address 10.1.2.3"), "an address outside of the allowed ranges at the world's end is refused")
    namespace.run(*pair.prefix, "ip", "address", "del", "10.1.2.3/24", "dev", pair.world)
    namespace.run("ip", "route", "add", "8.0.0.0/8", "via", namespace.WORLD_ADDRESS)
    results.check(is_refused(pair.check, "a route to 8.0.0.0/8"), "a route to the real Internet at the scanner's end is refused")
    pair.close()
    print(f"1..{results.number}")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
