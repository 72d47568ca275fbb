#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mailcensus diff of real scans of the same servers: whatever a scan left out, nothing of it is gone, new or fixed.

Everything happens inside a network namespace of its own that has nothing but a loopback device: even addresses have TLS, odd ones refuse it, on port 143 alone.
usage: diff_scan_test.py MAILCENSUS RESPONDER
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

HOSTS = 128
TARGETS = "127.30.0.0/25"
count = failures = 0


def check(condition, what, detail=""):
    global count, failures
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail != "":
        print("# " + str(detail)[:2000].replace("\n", "\n# "), flush=True)


class Tester:
    def __init__(self, mailcensus, responder, folder):
        self.mailcensus, self.responder, self.folder, self.serving = mailcensus, responder, folder, None

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, *words):
        if self.serving:
            self.serving.terminate()
            self.serving.wait()
            self.serving = None
        if words:
            self.serving = subprocess.Popen([self.responder, *words], stdout=subprocess.PIPE, text=True)
            self.serving.stdout.readline()

    def scan(self, name, *words, targets=TARGETS, rate="20000"):
        words = ["scan", "--database", self.path(name), "--open", "loopback", "--ports", "110,143", "--rate", rate, "--per-address", "64", "--window", "60", "--gap", "0", "--no-wait", "--seed", "7",
                 "--progress", "none", "--quiet", *words, *([targets] if targets else [])]
        return subprocess.Popen([self.mailcensus, *words])

    def whole(self, name, *words, **more):
        self.scan(name, *words, **more).wait()

    def diff(self, old, new):
        output = subprocess.run([self.mailcensus, "diff", "--json", "--only", "all", self.path(old), self.path(new)], capture_output=True, text=True, check=True, timeout=60).stdout
        lines = [json.loads(line) for line in output.splitlines()]
        return lines[:-1], lines[-1]

    def expect(self, what, old, new, known, reasons):
        """known hosts are unchanged, the others cannot be told of, for one of these reasons, in both directions."""
        lines, totals = self.diff(old, new)
        counts = {name: number for name, number in totals["hosts"].items() if number}
        asked = {line["new"]["asked"] for line in lines if line["change"] == "cannot-say"}
        check(counts == {name: number for name, number in (("unchanged", known), ("cannot-say", HOSTS - known)) if number} and asked <= reasons, what, f"{counts} {asked}")
        _, backwards = self.diff(new, old)
        check(backwards["hosts"] == totals["hosts"], f"{what}, the other way round", backwards["hosts"])


def check_left_out(tester):
    tester.whole("whole.db")
    tester.whole("again.db", "--seed", "9")
    tester.expect("the same servers asked twice", "whole.db", "again.db", HOSTS, set())
    tester.whole("limit.db", "--limit", "50")
    tester.expect("a scan that stopped at a limit", "whole.db", "limit.db", 50, {"unfinished"})
    tester.whole("shard.db", "--shard", "2/3")
    tester.expect("a share", "whole.db", "shard.db", 43, {"other-shard"})
    tester.whole("half.db", targets="127.30.0.0/26")
    tester.expect("fewer targets", "whole.db", "half.db", 64, {"out-of-scope"})
    excluded = tester.path("excluded")
    with open(excluded, "w", encoding="ascii") as file:
        file.write("127.30.0.0/27\n")
    tester.whole("excluded.db", "--exclude", excluded)
    tester.expect("exclusions", "whole.db", "excluded.db", 96, {"out-of-scope"})
    tester.whole("late.db", "--limit", "1")
    tester.whole("late.db", "--limit", "1000", "--resume", "--exclude", excluded, targets=None)
    lines, totals = tester.diff("whole.db", "late.db")
    check(totals["hosts"]["gone"] == 0 and totals["hosts"]["cannot-say"] in (31, 32) and totals["hosts"]["unchanged"] == HOSTS - totals["hosts"]["cannot-say"] and
          totals["cannot_say_because"]["new"]["late-exclusion"] == totals["services"]["cannot-say"], "exclusions that came when the scan had begun", totals["hosts"])


def check_killed(tester):
    """At whatever moment: a host was reached, or it cannot be told of."""
    for moment in (0.4, 0.8, 1.4, 2.0):
        name = f"killed{moment}.db"
        process = tester.scan(name, rate="100")
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        try:
            _, totals = tester.diff("whole.db", name)
        except subprocess.CalledProcessError as error:
            words = ("holds no census yet", "there is no database", "is empty: no scan has written to it")
            check(error.returncode == 1 and any(word in error.stderr for word in words), f"killed after {moment} s, before anything was kept", error.stderr)
            continue
        check(totals["hosts"]["unchanged"] + totals["hosts"]["cannot-say"] == HOSTS, f"a scan that was killed after {moment} s", totals["hosts"])


def check_changed(tester):
    tester.serve("--ports", "143", "--tls")
    tester.whole("fixed.db")
    _, totals = tester.diff("whole.db", "fixed.db")
    check(totals["hosts"]["fixed"] + totals["hosts"]["changed"] == HOSTS and totals["services"]["regressed"] == 0, "all have TLS now", totals["hosts"])
    _, totals = tester.diff("fixed.db", "whole.db")
    check(totals["services"]["regressed"] == HOSTS // 2, "and lose it again", totals["services"])
    tester.serve("--ports", "143", "--silent")
    tester.whole("silent.db")
    _, totals = tester.diff("whole.db", "silent.db")
    check(totals["hosts"]["cannot-say"] == HOSTS, "servers that say nothing are not gone", totals["hosts"])
    tester.serve()
    tester.whole("gone.db")
    _, totals = tester.diff("whole.db", "gone.db")
    check(totals["hosts"]["gone"] == HOSTS and totals["hosts"]["fixed"] == 0, "servers that do not answer are gone, not fixed", totals["hosts"])
    _, totals = tester.diff("gone.db", "whole.db")
    check(totals["hosts"]["new"] == HOSTS, "and new when they are back", totals["hosts"])


def main():
    mailcensus, responder = map(os.path.abspath, sys.argv[1:3])
    namespace.enter()
    with tempfile.TemporaryDirectory() as folder:
        tester = Tester(mailcensus, responder, folder)
        tester.serve("--ports", "143", "--mix")
        try:
            check_left_out(tester)
            check_killed(tester)
            check_changed(tester)
        finally:
            tester.serve()
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
