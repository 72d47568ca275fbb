#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Scans by whole frames, against servers of another namespace's kernel: the same findings by every engine, limits on the wire, exclusions, kills, shards.

Everything happens in two network namespaces of its own that are joined by a veth pair and lead nowhere else.
usage: engine_test.py MAILCENSUS [NAME...]     with NAMEs only these tests
"""
import bisect
import contextlib
import ipaddress
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "python"))
import namespace  # noqa: E402

FAR = os.path.join(HERE, "far_side.py")
SERVED, SERVED_V6 = "240.0.0.0/22", "2001:db8:1::/120"
# The pause is long enough for the sweep to know who is being talked to.
LOOSE = ["--open", "class-e", "--open", "documentation", "--per-address", "64", "--window", "1", "--gap", "0.2", "--no-wait", "--progress", "none"]
FIN, SYN, RST, ACK = 1, 2, 4, 16
# A first packet that is sent in the middle of a millisecond counts whole.
WINDOW_NS, EXCESS = 100_000_000, 1.01


class Watch:
    """What arrives at the other end while the block runs."""

    def __init__(self, pair, folder):
        self.pair, self.name, self.packets = pair, os.path.join(folder, "watched"), []

    def __enter__(self):
        self.process = subprocess.Popen([*self.pair.prefix, "/usr/bin/python3", FAR, "watch", self.pair.world, self.name], stdout=subprocess.PIPE)
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        self.process.terminate()
        self.process.wait()
        with open(self.name, encoding="ascii") as file:
            for line in file:
                when, size, destination, port, flags, source_port, source = line.split()
                self.packets.append((int(when), int(size), destination, int(port), int(flags), int(source_port), source))

    def resets(self):
        """Those between our end's first word and its farewell. Later ones answer what came too late, and one straight after the SYN an answer that nobody wants any more."""
        talking, found = set(), []
        for packet in self.packets:
            connection = (packet[2], packet[3], packet[5])
            if packet[4] & RST and connection in talking:
                found.append(packet)
            if packet[4] & FIN:
                talking.discard(connection)
            elif packet[4] & (SYN | RST | ACK) == ACK:
                talking.add(connection)
        return found

    def syns(self):
        return [packet for packet in self.packets if packet[4] & (SYN | ACK) == SYN]


def wire_bits(size):
    """With preamble, checksum and gap, and at least what Ethernet's shortest frame takes."""
    return (max(size + 4, 64) + 20) * 8


def most_in_window(moments, weights):
    """The largest sum of weights in any window."""
    sums = [0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    return max(sums[bisect.bisect_left(moments, moment + WINDOW_NS)] - sums[i] for i, moment in enumerate(moments))


class Tests:
    def __init__(self, mailcensus, pair, folder, chosen):
        self.mailcensus, self.pair, self.folder, self.chosen = mailcensus, pair, folder, chosen
        self.number, self.failed, self.random = 0, 0, random.Random(7)

    def expect(self, name, found, wanted):
        self.number += 1
        self.failed += found != wanted
        print(f"{'ok' if found == wanted else 'not ok'} {self.number} - {name}", flush=True)
        if found != wanted:
            print(f"# {str(found)[:2000]}\n# instead of {str(wanted)[:2000]}")

    def command(self, database, *words):
        return [self.mailcensus, "scan", *LOOSE, "--database", os.path.join(self.folder, database), *words]

    def scan(self, database, *words, timeout=120):
        return subprocess.run(self.command(database, *words), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)

    def services(self, database):
        """Without moments and what follows from them."""
        shown = subprocess.run([self.mailcensus, "export", "--format", "jsonl", "--database", os.path.join(self.folder, database)], capture_output=True, text=True, check=True)
        found = {}
        for service in map(json.loads, shown.stdout.splitlines()):
            endpoint = f"{service['address']} {service['port']}"
            if endpoint in found:
                raise SystemExit(f"not ok - {endpoint} is there twice")
            found[endpoint] = {key: value for key, value in service.items() if key not in ("decided_at", "census")}
        return found

    # ---- the same by every engine ----

    def same_by_every_engine(self):
        wanted = None
        for engine in ("sockets", "packet", "xdp"):
            with Watch(self.pair, self.folder) as watch:
                result = self.scan(f"{engine}.db", "--engine", engine, "--rate", "2000", "--verbose", "240.0.0.0/25", "2001:db8:1::/122")
            self.expect(f"{engine}: the scan is complete", (result.returncode, "engine: " in result.stderr), (0, True))
            found = self.services(f"{engine}.db")
            wanted = found if wanted is None else wanted
            self.expect(f"{engine}: services as by sockets", found, wanted)
            self.expect(f"{engine}: nobody resets a conversation", watch.resets(), [])
        verdicts = {}
        for service in wanted.values():
            verdicts[service["verdict"]] = verdicts.get(service["verdict"], 0) + 1
        # 128 + 64 addresses, of which one in sixteen has POP3 without a login, and another IMAP without one.
        self.expect("verdicts of all services", verdicts, {"no-tls": 2 * 192 - 12 - 12, "dead-port": 24})

    def prefixes_that_look_alike(self):
        """All of them greet alike on port 143, and refuse others: after a sample they are left alone, and are what they are."""
        for engine in ("sockets", "packet", "xdp"):
            with Watch(self.pair, self.folder) as watch:
                result = self.scan(f"alike-{engine}.db", "--engine", engine, "--rate", "2000", "--ports", "143", "240.0.1.0/24")
            asked = [packet for packet in watch.syns() if packet[3] != 143]
            self.expect(f"{engine}: a prefix that looks alike is asked three ports that nobody uses", (result.returncode, sorted(packet[2] for packet in asked),
                        all(40000 <= packet[3] <= 60000 for packet in asked)), (0, ["240.0.1.0", "240.0.1.170", "240.0.1.85"], True))
            verdicts = {service["host"]["verdict"] for service in self.services(f"alike-{engine}.db").values()}
            self.expect(f"{engine}: and its hosts stay what they are", verdicts, {"host-no-tls", "host-protected"})

    def one_handshake_serves_both(self):
        with Watch(self.pair, self.folder) as watch:
            self.scan("one.db", "--engine", "raw", "--rate", "2000", "240.0.0.0/26")
        ports = {}
        for _, _, destination, port, *_ in watch.syns():
            ports.setdefault(destination, []).append(port)
        self.expect("one SYN for each port of a host, that of the sweep included", {tuple(sorted(asked)) for asked in ports.values()}, {(110, 143, 993, 995)})
        self.expect("every host", len(ports), 64)

    def addresses_that_no_machine_has(self):
        """Whoever answers us asks for the link address of an address that the kernel does not know: we say it ourselves."""
        for engine in ("packet", "xdp"):
            result = self.scan(f"own-{engine}.db", "--engine", engine, "--rate", "2000", "--source", "198.18.0.77", "--source", "198.18.0.78", "--source", "2001:db8:ffff::77",
                               "240.0.0.0/27", "2001:db8:1::/124")
            self.expect(f"{engine}: from addresses of our own making", (result.returncode, len(self.services(f"own-{engine}.db"))), (0, 2 * (32 + 16)))

    # ---- limits on the wire ----

    def limits_hold_on_the_wire(self):
        for name, words, weigh, limit in (
                ("SYNs per second", ["--rate", "4000"], lambda packet: 1 if packet[4] & (SYN | ACK) == SYN else 0, 400),
                ("packets per second", ["--rate", "100000", "--packet-rate", "3000"], lambda packet: 1, 300),
                ("bits per second", ["--rate", "100000", "--bandwidth", "2M"], lambda packet: wire_bits(packet[1]), 200_000)):
            for engine in ("packet", "xdp"):
                with Watch(self.pair, self.folder) as watch:
                    self.scan(f"limit-{engine}-{words[1]}.db", "--engine", engine, *words, "240.0.0.0/24", "240.0.16.0/20")
                moments = [packet[0] for packet in watch.packets]
                most = most_in_window(moments, [weigh(packet) for packet in watch.packets])
                largest = max(weigh(packet) for packet in watch.packets)
                self.expect(f"{engine}: {name}, in any 100 ms at most {limit} and 1 %", (most <= limit * EXCESS + largest, most > limit * 0.5), (True, True))
                if most > limit * EXCESS + largest:
                    print(f"# {most}")

    # ---- which addresses ----

    def exclusions_hold(self):
        excluded = [f"240.0.{third}.{fourth}/28" for third in range(16) for fourth in range(0, 256, 48)]
        name = os.path.join(self.folder, "excluded")
        with open(name, "w", encoding="ascii") as file:
            file.write("\n".join(excluded) + "\n")
        networks = [ipaddress.ip_network(text) for text in excluded]
        left = {str(address) for address in ipaddress.ip_network("240.0.0.0/20") if not any(address in network for network in networks)}
        with Watch(self.pair, self.folder) as watch:
            self.scan("excluded.db", "--engine", "raw", "--rate", "4000", "--exclude", name, "240.0.0.0/20")
        self.expect("no packet to what is excluded, and all others are asked", {packet[2] for packet in watch.packets}, left)
        silent = {}
        for packet in watch.syns():
            if ipaddress.ip_address(packet[2]) not in ipaddress.ip_network(SERVED):
                silent[packet[2], packet[3]] = silent.get((packet[2], packet[3]), 0) + 1
        self.expect("a silent address gets one SYN to each swept port", (set(silent.values()), {port for _, port in silent}), ({1}, {110, 143}))
        with Watch(self.pair, self.folder) as watch:
            self.interrupt("killed.db", ["--engine", "raw", "--rate", "2000", "--exclude", name, "240.0.0.0/20"], 4, (0.3, 1.0))
        self.expect("no packet to what is excluded, after kills either, and all others are asked", {packet[2] for packet in watch.packets}, left)
        self.expect("the same services", self.services("killed.db").keys(), self.services("excluded.db").keys())

    def begin_and_kill(self, database, words, seconds):
        """So many seconds after the sweep has begun (or gone on): however slow the start of this build on this machine is."""
        before = self.reserved(database)
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1200):
            if self.reserved(database) != before or process.poll() is not None:
                break
            time.sleep(0.05)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def reserved(self, database):
        """What a run writes before its first packet: of a sweep its window, of others how many connections there were."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{os.path.join(self.folder, database)}?mode=ro", uri=True, timeout=10)) as connection:
                return connection.execute("SELECT max(reserved_at), max(connections) FROM census_progress").fetchone()
        except sqlite3.Error:
            return (None, None)

    def interrupt(self, database, words, kills, moments):
        """Begins a scan, kills it some times, resumes each time, and lets it end."""
        words = self.command(database, *words)
        for _ in range(kills):
            self.begin_and_kill(database, words, self.random.uniform(*moments))
            words = self.command(database, "--resume")
        return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

    def kills_change_nothing(self):
        self.scan("whole.db", "--engine", "raw", "--rate", "1000", "--seed", "5", "240.0.0.0/22", "240.0.16.0/22")
        for engine in ("packet", "xdp"):
            result = self.interrupt(f"broken-{engine}.db", ["--engine", engine, "--rate", "1000", "--seed", "5", "240.0.0.0/22", "240.0.16.0/22"], 6, (0.2, 1.0))
            self.expect(f"{engine}: resumed to the end", (result.returncode, result.stderr.splitlines()[-1:] == []), (0, False))
            self.expect(f"{engine}: services as without kills", self.services(f"broken-{engine}.db"), self.services("whole.db"))

    def resumed_on_another_link(self):
        """What was remembered of the first one does not hold there."""
        self.scan("at-home.db", "--engine", "raw", "--rate", "4000", "--seed", "5", "240.0.0.0/25")
        begun = ["--rate", "100", "--seed", "5", "--interface", self.pair.scanner, "--gateway-mac", "02:00:00:00:00:02", "--source", "198.18.0.1", "240.0.0.0/25"]
        for engine, other in (("packet", "sockets"), ("sockets", "packet")):
            name, words = f"elsewhere-{engine}.db", begun if engine == "packet" else ["--rate", "100", "240.0.0.0/25"]
            self.begin_and_kill(name, self.command(name, "--engine", engine, *words), 0.3)
            result = self.scan(name, "--resume", "--engine", other)
            self.expect(f"{engine}: not resumed by {other}, and why", (result.returncode, "can only go on so" in result.stderr), (1, True))
        result = self.scan("elsewhere-packet.db", "--resume", "--interface", "nowhere0")
        self.expect("no such interface", (result.returncode, "nowhere0" in result.stderr, "--interface, --source or --gateway-mac" in result.stderr), (1, True, True))
        # The next hop is asked of the kernel: another address than was remembered would lead nowhere.
        with Watch(self.pair, self.folder) as watch:
            result = self.scan("elsewhere-packet.db", "--resume", "--interface", self.pair.scanner, "--source", "198.18.0.77", "--rate", "4000")
        self.expect("resumed by another address: complete", (result.returncode, self.services("elsewhere-packet.db")), (0, self.services("at-home.db")))
        self.expect("all from that address", {packet[6] for packet in watch.packets}, {"198.18.0.77"})

    def shards_are_disjoint_and_complete(self):
        wanted, together = None, {}
        for shard in ("1/1", "1/3", "2/3", "3/3"):
            name = f"shard{shard.replace('/', 'of')}.db"
            self.scan(name, "--engine", "raw", "--rate", "4000", "--seed", "11", "--shard", shard, "240.0.0.0/24")
            found = self.services(name)
            if wanted is None:
                wanted = found
                continue
            self.expect(f"shard {shard} has nothing of the others", sorted(found.keys() & together.keys()), [])
            together.update(found)
        self.expect("the shards together are the whole", together, wanted)

    # ---- what is not possible ----

    def what_is_not_possible_is_said(self):
        result = self.scan("no.db", "--open", "loopback", "--engine", "raw", "127.0.0.1")
        self.expect("loopback", (result.returncode, "--engine sockets" in result.stderr), (2, True))
        result = self.scan("no.db", "--open", "benchmarking", "--engine", "packet", "198.18.0.9")
        self.expect("targets on the own link", (result.returncode, "--engine sockets" in result.stderr and "--gateway-mac" in result.stderr), (2, True))
        result = self.scan("no.db", "--engine", "xdp", "--interface", "nowhere0", "240.0.0.1")
        self.expect("no such interface", (result.returncode, "nowhere0" in result.stderr), (2, True))
        os.chmod(self.folder, 0o777)
        powerless = ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
        for engine in ("packet", "xdp", "raw"):
            result = subprocess.run([*powerless, *self.command("no.db", "--engine", engine, "240.0.0.1")], capture_output=True, text=True, timeout=60)
            self.expect(f"{engine} without privileges", (result.returncode, "CAP_" in result.stderr), (2, True))
        result = subprocess.run([*powerless, *self.command("auto.db", "--verbose", "--rate", "1000000", "--limit", "1", "240.0.0.0/16")], capture_output=True, text=True, timeout=60)
        self.expect("auto without privileges: sockets, and why", "engine: kernel sockets" in result.stderr and "CAP_" in result.stderr, True)

    def privileges_are_given_up(self):
        process = subprocess.Popen(self.command("caps.db", "--engine", "raw", "--rate", "200", "240.0.0.0/22"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            held = {line.split(":")[0]: int(line.split()[1], 16) for line in status if line.startswith(("CapEff", "CapPrm", "CapBnd"))}
        process.terminate()
        process.wait()
        network = 1 << 12 | 1 << 13 | 1 << 21 | 1 << 39  # NET_ADMIN, NET_RAW, SYS_ADMIN, BPF
        self.expect("no power over the network is left", {name: value & network for name, value in held.items() if name != "CapBnd"}, {"CapEff": 0, "CapPrm": 0})
        shown = subprocess.run(["ip", "-d", "link", "show", self.pair.scanner], capture_output=True, text=True, check=True).stdout
        self.expect("nothing stays attached", "prog/xdp" in shown, False)

    def run(self):
        for test in (self.same_by_every_engine, self.prefixes_that_look_alike, self.one_handshake_serves_both, self.addresses_that_no_machine_has, self.limits_hold_on_the_wire, self.exclusions_hold, self.kills_change_nothing,
                     self.resumed_on_another_link, self.shards_are_disjoint_and_complete, self.what_is_not_possible_is_said, self.privileges_are_given_up):
            if not self.chosen or test.__name__ in self.chosen:
                test()
        print(f"1..{self.number}")
        return self.failed == 0


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    pair = namespace.Pair()
    server = subprocess.Popen([*pair.prefix, "/usr/bin/python3", FAR, "serve", SERVED, SERVED_V6], stdout=subprocess.PIPE)
    server.stdout.readline()
    with tempfile.TemporaryDirectory() as folder:
        is_good = Tests(os.path.abspath(sys.argv[1]), pair, folder, sys.argv[2:]).run()
    server.kill()
    raise SystemExit(0 if is_good else 1)


if __name__ == "__main__":
    main()
