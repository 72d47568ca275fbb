# SPDX-License-Identifier: ISC
"""What discovery, conversations and world share: the two namespaces, the responder, and whose CPU time it was."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "python"))
import namespace  # noqa: E402

SCANNER_LINK, WORLD_LINK = "02:00:00:00:00:01", "02:00:00:00:00:02"
ZMAP_ADDRESS, MASSCAN_ADDRESS = "198.18.0.77", "198.18.0.78"  # nobody's: the kernel would reset what it does not know
SERVING_SECONDS = 60


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--stay", action="store_true", help="begin only if the namespace one is in is without any uplink, too")
    parser.add_argument("--json", help="write the figures here too")
    return parser


def programs(arguments):
    """Where the build is: MAILCENSUS names the program."""
    arguments.mailcensus = os.path.abspath(os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus"))
    folder = os.path.join(os.path.dirname(arguments.mailcensus), "..", "..", "tests", "bench", "world")
    arguments.world, arguments.sweep_only = os.path.join(folder, "world"), os.path.join(folder, "sweep_only")


class ReceiveMeter(threading.Thread):
    """CPU time of the kernel's receive threads of one end, also of those that come and go with a program."""

    def __init__(self, pair, link, processor=None):
        super().__init__(daemon=True)
        self.pair, self.link, self.ended = pair, link, threading.Event()
        self.processor, self.pinned = processor, set()  # None: wherever it is
        self.first = {thread: namespace.cpu_seconds(thread) for thread in pair.threads(link)}
        self.last = dict(self.first)
        self.start()

    def look(self):
        for thread in self.pair.threads(self.link):
            if self.processor is not None and thread not in self.pinned:
                self.pinned.add(thread)
                os.sched_setaffinity(thread, {self.processor})
            self.last[thread] = max(self.last.get(thread, 0.0), namespace.cpu_seconds(thread))

    def run(self):
        while not self.ended.wait(0.5):
            self.look()

    def stop(self):
        self.ended.set()
        self.join()
        self.look()
        return sum(value - self.first.get(thread, 0.0) for thread, value in self.last.items())


class Simulation:
    def __init__(self, arguments, pins=False):
        """pins: the world and the kernel's receive threads have a processor, the program that is measured has the others. Threads with priority else push it aside on its own."""
        self.arguments = arguments
        processors = sorted(os.sched_getaffinity(0))
        self.processor, self.others = (processors[-1], set(processors[:-1])) if pins and len(processors) > 1 else (None, set(processors))
        self.pair = namespace.Pair(stays=arguments.stay)
        self.process = self.trickle = None

    def serve(self, *words):
        """A world; ends with stop(), which gives what it counted."""
        self.pair.check()
        command = [*self.pair.prefix, self.arguments.world, "serve", "--interface", self.pair.world, *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "serving":
            raise SystemExit("the world does not begin")
        for link in (self.pair.scanner, self.pair.world):
            for thread in self.pair.threads(link):
                os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(1))
        if self.processor is not None:
            os.sched_setaffinity(self.process.pid, {self.processor})
        self.world_meter = ReceiveMeter(self.pair, self.pair.world, self.processor)

    def stop(self):
        self.process.terminate()
        counted = json.loads(self.process.communicate(timeout=SERVING_SECONDS)[0])
        counted["receive_seconds"] = self.world_meter.stop()
        self.process = None
        return counted

    def begin_trickle(self):
        """zmap and masscan wait in libpcap until something comes, whatever it is."""
        program = ("import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                   f"while True:\n s.sendto(b'x',('{namespace.SCANNER_ADDRESS}',9))\n time.sleep(0.05)")
        self.trickle = subprocess.Popen([*self.pair.prefix, sys.executable, "-c", program], stderr=subprocess.DEVNULL)

    def end_trickle(self):
        self.trickle.kill()
        self.trickle.wait()

    def measure(self, command, allowed=(0,), seconds=7200, **more):
        """One program in the scanner's namespace: its CPU seconds, the kernel's for it, wall seconds, peak memory. It is ended when it takes longer than seconds."""
        meter = ReceiveMeter(self.pair, self.pair.scanner, self.processor)
        began = time.monotonic()
        process = subprocess.Popen(command, **more)
        os.sched_setaffinity(process.pid, self.others)
        limit = threading.Timer(seconds, process.kill)
        limit.start()
        output = process.stdout.read() if process.stdout else None
        _, status, usage = os.wait4(process.pid, 0)
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall, receive = time.monotonic() - began, meter.stop()
        if process.returncode not in allowed:
            raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
        return {"process_seconds": usage.ru_utime + usage.ru_stime, "receive_seconds": receive, "cpu_seconds": usage.ru_utime + usage.ru_stime + receive, "wall_seconds": wall,
                "peak_kilobytes": usage.ru_maxrss, "output": output}

    def close(self):
        if self.process:
            self.process.kill()
        self.pair.close()


def zmap(link, targets, port, rate, seconds, output, empty):
    return ["zmap", "-p", str(port), "-r", str(rate), "-i", link, "-G", WORLD_LINK, "-S", ZMAP_ADDRESS, "-b", empty, "-c", str(seconds), "-e", "42", "-o", output, "-v", "0", "-q",
            targets]


def masscan(link, targets, port, rate, seconds, output, *more):
    return ["masscan", targets, "-p", str(port), "--rate", str(rate), "--interface", link, "--source-ip", MASSCAN_ADDRESS, "--source-port", "32768-49151", "--adapter-mac",
            SCANNER_LINK, "--router-mac", WORLD_LINK, "--wait", str(seconds), "--seed", "42", "-oL", output, *more]


def spread(values, digits=1):
    return {"min": round(min(values), digits), "median": round(statistics.median(values), digits), "max": round(max(values), digits)}


def finish(arguments, report):
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
