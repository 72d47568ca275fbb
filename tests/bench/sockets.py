#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a conversation costs over kernel sockets: CPU time, rate, memory; beside nmap on the same hosts in the same run.

Runs in a network namespace of its own that has only loopback. The responder answers every address of 127.0.0.0/8.
Loopback delivers packets within the sender's system call, so the CPU time of a process holds the kernel's receive work too.

script/bench sockets [--bits N] [--runs N] [--no-nmap] [--json FILE] builds the release and runs it; MAILCENSUS names the program.
"""
import argparse
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

NMAP_PREFIX_BITS = 20  # 127.40.0.0/20: 4,096 hosts
LOOSE = ["--open", "loopback", "--per-address", "64", "--window", "60", "--gap", "0", "--rate", "1000000", "--progress", "none", "--quiet"]


def run_measured(command, **options):
    """(CPU seconds, wall seconds, peak kilobytes) of one child."""
    began = time.monotonic()
    process = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with exit code {process.returncode}: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss


class Responder:
    def __init__(self, path, *options):
        self.process = subprocess.Popen([path, *options], stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Its processes end one after the other: until the last one has, connections would be split between it and the next responder."""
        self.process.terminate()
        self.process.wait()
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", 143), timeout=1).close()
            except OSError:
                return
            time.sleep(0.05)
        raise SystemExit("a responder does not end")


def scan(mailcensus, prefix, folder, *options):
    database = os.path.join(folder, "bench.db")
    for name in (database, database + "-wal", database + "-shm"):
        if os.path.exists(name):
            os.unlink(name)
    return run_measured([mailcensus, "scan", "--database", database, *LOOSE, "--ports", "143", *options, prefix]), database


def count_verdicts(mailcensus, database):
    shown = subprocess.run([mailcensus, "stats", "--json", "--database", database], check=True, capture_output=True, text=True)
    return {verdict: sum(ports.values()) for verdict, ports in json.loads(shown.stdout)["services"].items()}


def resident_kilobytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def memory_per_open_conversation(arguments, folder):
    """Resident memory with few and with many conversations awaiting a greeting that never comes."""
    figures = {}
    for count in (256, 16384):
        database = os.path.join(folder, f"memory-{count}.db")
        command = [arguments.mailcensus, "scan", "--database", database, *LOOSE, "--ports", "143", "--no-wait", "--max-open", "19000", f"127.60.0.0/{32 - count.bit_length() + 1}"]
        process = subprocess.Popen(command, preexec_fn=raise_descriptor_limit)
        time.sleep(4)
        figures[count] = resident_kilobytes(process.pid), established_sockets()
        process.terminate()
        process.wait()
    (few_kilobytes, few), (many_kilobytes, many) = figures[256], figures[16384]
    return 1024 * (many_kilobytes - few_kilobytes) / max(1, 16384 - 256), many


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 20000), max(hard, 20000)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def established_sockets():
    with open("/proc/net/sockstat", encoding="ascii") as file:
        return file.read().split("TCP:")[1].split("\n")[0].strip()


def time_wait_sockets():
    with open("/proc/net/sockstat", encoding="ascii") as file:
        words = file.read().split("TCP:")[1].split()
        return int(words[words.index("tw") + 1])


def spread(values):
    return {"min": round(min(values), 1), "median": round(statistics.median(values), 1), "max": round(max(values), 1)}


def show(name, figures, unit):
    print(f"{name:<55} {figures['min']:>9} {figures['median']:>9} {figures['max']:>9}  {unit}")


def bench_scans(arguments, folder, report):
    prefix, hosts = f"127.40.0.0/{32 - arguments.bits}", 2 ** arguments.bits
    print(f"{'':<55} {'min':>9} {'median':>9} {'max':>9}")
    for name, mode, options in (("STARTTLS, hello and certificate (RSA 2048) observed", "--rsa", []),
                                ("STARTTLS, hello and certificate (ECDSA P-256) observed", "--tls", []), ("STLS refused (what the other socket rows measure)", "--no-tls", []),
                                ("a real TLS session after STARTTLS", "--tls", ["--sessions", "always"])):
        cpu, rate = [], []
        with Responder(arguments.responder, "--ports", "143", mode):
            for _ in range(arguments.runs):
                (seconds, wall, _), database = scan(arguments.mailcensus, prefix, folder, *options)
                verdicts = count_verdicts(arguments.mailcensus, database)
                if sum(verdicts.values()) != hosts or verdicts.get("unknown", 0) > 0:
                    raise SystemExit(f"{name}: {verdicts} for {hosts} hosts: the figures would mean nothing")
                cpu.append(1e6 * seconds / hosts)
                rate.append(hosts / seconds)
        report[name] = {"us_cpu_per_conversation": spread(cpu), "conversations_per_cpu_second": spread(rate), "verdicts": verdicts, "time_wait_after": time_wait_sockets()}
        show(name, spread(cpu), "us CPU per conversation, everything included")
        show("", spread(rate), "conversations/s per core")
    print(f"{'TIME_WAIT sockets left behind':<55} {time_wait_sockets():>9}")


def bench_baseline(arguments, report):
    """The bare client of the loop comparison: greeting, one command, refused STARTTLS, close; no store, no decisions."""
    hosts, cpu = 2 ** arguments.bits, []
    for backend in ("epoll", "io_uring"):
        cpu = []
        with Responder(arguments.responder, "--ports", "143", "--no-tls"):
            for _ in range(arguments.runs):
                seconds, _, _ = run_measured([arguments.baseline, backend, str(hosts)], stdout=subprocess.DEVNULL)
                cpu.append(1e6 * seconds / hosts)
        report[f"bare {backend} client"] = {"us_cpu_per_conversation": spread(cpu)}
        show(f"bare {backend} client, STARTTLS refused", spread(cpu), "us CPU per conversation")


def bench_profile(arguments, folder, report):
    """Where the time of the first row goes, by library: what is kernel, signature check (libcrypto), store (libsqlite3) and our own code."""
    data = os.path.join(folder, "perf.data")
    with Responder(arguments.responder, "--ports", "143", "--rsa"):
        command = [arguments.mailcensus, "scan", "--database", os.path.join(folder, "profile.db"), *LOOSE, "--ports", "143", "127.40.0.0/18"]
        recorded = subprocess.run(["perf", "record", "-q", "-o", data, "-e", "cpu-clock", *command], capture_output=True, text=True)
    shown = subprocess.run(["perf", "report", "-q", "-i", data, "--no-children", "--sort", "dso"], capture_output=True, text=True)
    shares = [line.split() for line in shown.stdout.splitlines() if "%" in line and not line.startswith("#")]
    if recorded.returncode != 0 or not shares:
        print("perf could not look: " + (recorded.stderr or shown.stderr).strip().splitlines()[-1])
        return
    report["profile"] = {words[1]: words[0] for words in shares[:6]}
    print("of the first row: " + ", ".join(f"{words[1]} {words[0]}" for words in shares[:6]))


def bench_nmap(arguments, folder, report):
    prefix, hosts = "127.40.0.0/20", 4096
    with Responder(arguments.responder, "--ports", "143", "--rsa"):
        (ours, our_wall, _), database = scan(arguments.mailcensus, prefix, folder)
        verdicts = count_verdicts(arguments.mailcensus, database)
        theirs, their_wall, _ = run_measured(["nmap", "-n", "-Pn", "-sT", "-sV", "-T5", "--min-parallelism", "200", "--min-hostgroup", "1024", "-p", "143", "--script",
                                              "imap-capabilities,pop3-capabilities,ssl-cert", "-oX", os.path.join(folder, "nmap.xml"), prefix], stdout=subprocess.DEVNULL)
    report["nmap"] = {"hosts": hosts, "our_cpu_seconds": round(ours, 2), "nmap_cpu_seconds": round(theirs, 2), "ratio": round(theirs / ours, 1), "our_wall": round(our_wall, 1),
                      "nmap_wall": round(their_wall, 1), "verdicts": verdicts}
    print(f"{hosts} hosts: mailcensus {ours:.2f} s CPU ({our_wall:.1f} s wall), nmap {theirs:.2f} s CPU ({their_wall:.1f} s wall): {theirs / ours:.0f} times per CPU second")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bits", type=int, default=16, help="host bits of the scanned prefix (16: 65,536)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-nmap", action="store_true")
    parser.add_argument("--json", help="write the figures here too")
    arguments = parser.parse_args()
    build = os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus")
    arguments.mailcensus = os.path.abspath(build)
    beside = os.path.join(os.path.dirname(arguments.mailcensus), "..", "..", "tests", "bench")
    arguments.responder = os.path.join(beside, "responder")
    arguments.baseline = os.path.join(beside, "bare_client")
    namespace.enter()
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}", "hosts": 2 ** arguments.bits}
    print(f"# {report['machine']}; {report['hosts']} hosts, {arguments.runs} runs each")
    with tempfile.TemporaryDirectory() as folder:
        bench_scans(arguments, folder, report)
        if os.path.exists(arguments.baseline):
            bench_baseline(arguments, report)
        with Responder(arguments.responder, "--ports", "143", "--silent"):
            size, sockets = memory_per_open_conversation(arguments, folder)
        report["bytes_per_open_conversation"] = round(size)
        print(f"{'bytes of process memory per open conversation':<55} {size:>9.0f}   (sockets then: {sockets})")
        if shutil.which("perf"):
            bench_profile(arguments, folder, report)
        else:
            print("perf is not installed: apt-get install linux-perf shows where the time goes")
        if not arguments.no_nmap and shutil.which("nmap"):
            bench_nmap(arguments, folder, report)
        elif not arguments.no_nmap:
            print("nmap is not installed: apt-get install nmap, then run again")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
