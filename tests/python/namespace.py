# SPDX-License-Identifier: ISC
"""Network namespaces of our own without any uplink: nothing that is sent in them can leave the machine."""
import ctypes
import fcntl
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
MS_REC_PRIVATE = 0x4000 | 0x40000
PR_SET_PDEATHSIG = 1
SKIPPED = 77  # meson's word for a test that could not run here

SIOCETHTOOL = 0x8946
ETHTOOL_SET_TX_CHECKSUM, ETHTOOL_SET_TSO, ETHTOOL_SET_GSO, ETHTOOL_SET_GRO = 0x17, 0x1F, 0x24, 0x2C

ALLOWED = [ipaddress.ip_network(text) for text in ("198.18.0.0/15", "240.0.0.0/4", "2001:db8::/32", "127.0.0.0/8", "::1/128", "fe80::/10", "ff00::/8")]
SCANNER_ADDRESS, WORLD_ADDRESS = "198.18.0.1", "198.18.0.2"
SCANNER_ADDRESS_V6, WORLD_ADDRESS_V6 = "2001:db8:ffff::1", "2001:db8:ffff::2"

libc = ctypes.CDLL(None, use_errno=True)


def links():
    return sorted(name for name in os.listdir("/sys/class/net") if os.path.exists(f"/sys/class/net/{name}/address"))


def run(*words):
    subprocess.run(words, check=True)


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(SKIPPED)


def enter():
    """Moves this process into a new network namespace with only a loopback device, up. Ends the process (skipped) where that is not allowed."""
    if libc.unshare(CLONE_NEWNET) != 0:
        skip("a network namespace of our own needs root (or sudo)")
    run("ip", "link", "set", "lo", "up")
    refuse_uplink()


def refuse_uplink():
    """Stops unless loopback is the only device that is up and there is no route to anywhere else."""
    shown = subprocess.run(["ip", "-o", "link", "show", "up"], check=True, capture_output=True, text=True).stdout.splitlines()
    others = [line for line in shown if ": lo:" not in line]
    routes = subprocess.run(["ip", "route", "show", "default"], check=True, capture_output=True, text=True).stdout.strip()
    if others or routes:
        raise SystemExit(f"refusing to send: this namespace is connected ({others or routes})")


def is_allowed(text):
    network = ipaddress.ip_network(text, strict=False)
    return any(network.version == allowed.version and network.subnet_of(allowed) for allowed in ALLOWED)


def ask(*words, prefix=()):
    shown = subprocess.run([*prefix, "ip", "-j", *words], check=True, capture_output=True, text=True).stdout
    return json.loads(shown) if shown.strip() else []


def refuse_connected(own_links, prefix=()):
    """Stops unless loopback and own_links (ends of a veth pair of ours) are the only devices that are up, and all addresses and routes are within the ranges that are
    nobody's: 198.18.0.0/15, 240.0.0.0/4, 2001:db8::/32. prefix: the words that run a command in the namespace in question."""
    reasons = []
    for link in ask("address", "show", prefix=prefix):
        if link["ifname"] != "lo" and link["ifname"] not in own_links and "UP" in link["flags"]:
            reasons.append(f"the device {link['ifname']} is up")
        for address in link.get("addr_info", []):
            if not is_allowed(address["local"]):
                reasons.append(f"the address {address['local']} on {link['ifname']}")
    for family in ("-4", "-6"):
        for route in ask(family, "route", "show", "table", "all", prefix=prefix):
            if route.get("type") in ("unreachable", "blackhole", "prohibit"):
                continue
            if route["dst"] == "default" or not is_allowed(route["dst"]):
                reasons.append(f"a route to {route['dst']}")
            if "gateway" in route and not is_allowed(route["gateway"]):
                reasons.append(f"the gateway {route['gateway']}")
    if reasons:
        raise SystemExit(f"refusing to send: this namespace is connected: {'; '.join(sorted(set(reasons)))}")


def set_feature(link, command, is_on):
    value = ctypes.create_string_buffer(struct.pack("=II", command, 1 if is_on else 0))
    request = struct.pack("@16sP", link.encode(), ctypes.addressof(value)) + bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        fcntl.ioctl(channel, SIOCETHTOOL, request)


class Pair:
    """Two namespaces, the scanner's (this process moves into it) and the world's, joined by a veth pair. The kernel's receive work of either end is done by a thread of its own
    (threaded NAPI), so that its CPU time can be told from that of the programs. Both ends have a queue: who sends too much waits instead of losing."""

    def __init__(self, queues=1, stays=False):
        if stays:
            refuse_connected([])
        if libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
            skip("a network namespace of our own needs root (or sudo)")
        if libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0 or libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None) != 0:
            skip("a view of /sys of our own needs root (or sudo)")
        self.scanner, self.world = f"s{os.getpid()}", f"w{os.getpid()}"
        run("ip", "link", "set", "lo", "up")
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up; echo; exec sleep infinity"], stdout=subprocess.PIPE,
                                       preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.holder.stdout.readline()
        self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        self.make_links(queues)
        self.check()

    def make_links(self, queues):
        count = ["numtxqueues", str(queues), "numrxqueues", str(queues)]
        run("ip", "link", "add", self.scanner, "address", "02:00:00:00:00:01", *count, "type", "veth", "peer", "name", self.world, "address", "02:00:00:00:00:02", *count)
        for link in (self.scanner, self.world):
            for command in (ETHTOOL_SET_TSO, ETHTOOL_SET_GSO, ETHTOOL_SET_TX_CHECKSUM):
                set_feature(link, command, False)
            set_feature(link, ETHTOOL_SET_GRO, True)  # receiving by NAPI: what XDP sends needs it at the other end
        run("ip", "link", "set", self.world, "netns", str(self.holder.pid))
        self.configure([], self.scanner, SCANNER_ADDRESS, SCANNER_ADDRESS_V6)
        self.configure(self.prefix, self.world, WORLD_ADDRESS, WORLD_ADDRESS_V6)
        self.make_threaded([], self.scanner)
        self.make_threaded(self.prefix, self.world)
        run("ip", "route", "add", "240.0.0.0/4", "via", WORLD_ADDRESS)
        run("ip", "-6", "route", "add", "2001:db8::/32", "via", WORLD_ADDRESS_V6)
        run("ip", "neigh", "replace", WORLD_ADDRESS, "lladdr", "02:00:00:00:00:02", "dev", self.scanner, "nud", "permanent")
        run("ip", "neigh", "replace", WORLD_ADDRESS_V6, "lladdr", "02:00:00:00:00:02", "dev", self.scanner, "nud", "permanent")

    @staticmethod
    def make_threaded(prefix, link):
        """The link must be up: before, it has nothing to receive with. /sys shows the namespace of whoever mounted it."""
        command = f"mount --make-rprivate /; mount -t sysfs none /sys 2>/dev/null; echo 1 >/sys/class/net/{link}/threaded"
        if subprocess.run([*prefix, "unshare", "--mount", "sh", "-c", command], check=False).returncode != 0:
            raise SystemExit("threaded NAPI is needed to tell whose CPU time it is (Linux 5.12)")

    @staticmethod
    def configure(prefix, link, address, address_v6):
        run(*prefix, "ip", "address", "add", f"{address}/24", "dev", link)
        run(*prefix, "ip", "-6", "address", "add", f"{address_v6}/64", "dev", link, "nodad")
        run(*prefix, "tc", "qdisc", "replace", "dev", link, "root", "pfifo", "limit", "20000")
        run(*prefix, "ip", "link", "set", link, "up")

    def check(self):
        refuse_connected([self.scanner])
        refuse_connected([self.world], self.prefix)

    def threads(self, link):
        """Process ids of the kernel's receive threads of one end; they change when an XDP program comes or goes."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/comm", encoding="ascii") as file:
                        if file.read().startswith(f"napi/{link}-"):
                            found.append(int(name))
                except OSError:
                    continue
        return found

    def place(self, scanner_core, world_core):
        """Receive threads to their cores; again after each start of a program that attaches XDP."""
        for link, core in ((self.scanner, scanner_core), (self.world, world_core)):
            for thread in self.threads(link):
                try:
                    os.sched_setaffinity(thread, {core})
                except OSError:
                    continue

    def receive_seconds(self, link):
        return sum(cpu_seconds(thread) for thread in self.threads(link))

    def close(self):
        self.holder.kill()
        self.holder.wait()


def cpu_seconds(process):
    """What a process or thread of the kernel used so far; 0 when it is gone. From schedstat: in nanoseconds."""
    try:
        with open(f"/proc/{process}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        return 0.0
