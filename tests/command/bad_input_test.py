#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Wrong input and a failing world: each gives one clear sentence with what to do, exit code 1 or 2, and nothing is lost.

Runs in a network namespace of its own with only loopback (full and read-only disks are small file systems mounted for it alone).
usage: bad_input_test.py MAILCENSUS RESPONDER
"""
import ctypes
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

CLONE_NEWNS = 0x20000
RUN_WITHIN_S = 300  # none hangs; the longest looks at 16,384 services, beside other tests
LAB = ["--open", "loopback", "--per-address", "64", "--window", "60", "--gap", "0", "--progress", "none", "--ports", "143"]


class Tests:
    def __init__(self, mailcensus, folder):
        self.mailcensus, self.folder, self.number, self.failed = mailcensus, folder, 0, 0

    def run(self, *words, **options):
        return subprocess.run([self.mailcensus, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=self.folder, timeout=RUN_WITHIN_S, **options)

    def say(self, good, name, detail=""):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}")
        if not good and detail:
            print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")

    def expect(self, name, code, parts, *words, **options):
        """Exit code, and every part somewhere in what is said on stderr; no leftovers of a sanitizer, never an empty complaint."""
        result = self.run(*words, **options)
        good = result.returncode == code and all(part in result.stderr for part in parts) and "Sanitizer" not in result.stderr
        self.say(good, name, f"exit {result.returncode}, wanted {code} and {parts}:\n{result.stderr}")
        return result


def bad_words(tests):
    tests.expect("no command", 2, ["usage"])
    tests.expect("an unknown command", 2, ["frobnicate", "mailcensus help"], "frobnicate")
    tests.expect("an unknown option", 2, ["--frobnicate", "--help"], "scan", "--frobnicate")
    tests.expect("no targets", 2, ["say what to scan"], "scan")
    tests.expect("a prefix that is too long", 2, ["192.0.2.0/33"], "scan", "192.0.2.0/33")
    tests.expect("host bits in a prefix, with the right one named", 2, ["192.0.2.1/24", "192.0.2.0/24"], "scan", "192.0.2.1/24")
    tests.expect("a range that runs backwards", 2, ["192.0.2.9-192.0.2.1"], "scan", "192.0.2.9-192.0.2.1")
    tests.expect("a port that is none", 2, ["70000"], "scan", "192.0.2.1:70000")
    tests.expect("a target file that is not there", 2, ["nowhere.txt", "No such file"], "scan", "--targets", "nowhere.txt")
    with open(os.path.join(tests.folder, "targets.txt"), "w", encoding="ascii") as file:
        file.write("# comment\n127.0.0.1\n127.0.0.300\n")
    tests.expect("a bad line in a target file, with its number", 2, ["targets.txt, line 3", "127.0.0.300"], "scan", "--open", "loopback", "--targets", "targets.txt")
    with open(os.path.join(tests.folder, "blocklist.txt"), "w", encoding="ascii") as file:
        file.write("10.0.0.0/8\n\nnonsense here\n")
    tests.expect("a malformed exclusion list stops the run", 2, ["blocklist.txt, line 3"], "scan", *LAB, "--exclude", "blocklist.txt", "127.0.0.1")
    tests.expect("loopback is excluded unless opened", 2, ["--open loopback"], "scan", "127.0.0.1")
    tests.expect("a range name that is none", 2, ["frob", "loopback"], "scan", "--open", "frob", "127.0.0.1")
    tests.expect("impoliteness outside a lab", 2, ["--open"], "scan", "--per-address", "100", "--dry-run", "9.9.9.9")
    tests.expect("impoliteness to strangers behind a special-purpose range", 2, ["lab"], "scan", "--per-address", "100", "--open", "nat64", "--dry-run", "64:ff9b::909:909")
    tests.expect("confirming logins of a prefix", 2, ["--confirm-login", "name each of them"], "scan", "--confirm-login", "--dry-run", "9.9.9.0/30")
    many = [f"9.9.{number // 250}.{number % 250 + 1}" for number in range(257)]
    tests.expect("confirming logins of more than 256 hosts", 2, ["--confirm-login", "at most 256"], "scan", "--confirm-login", "--dry-run", *many)
    result = tests.run("scan", "--confirm-login", "--dry-run", *many[:256])
    tests.say(result.returncode == 0, "256 that are named are allowed", result.stderr)
    tests.expect("a depth that is none", 2, ["--depth", "standard"], "scan", "--depth", "deep", "9.9.9.9")
    tests.expect("a trust store that is not there", 2, ["nowhere.pem"], "scan", "--trust-store", "nowhere.pem", "9.9.9.9")
    tests.expect("a shard that is none", 2, ["--shard", "3/16"], "scan", "--shard", "17/16", "9.9.9.9")
    result = tests.run("scan", "--dry-run", "9.9.9.0/24")
    tests.say(result.returncode == 0 and "256 hosts" in result.stdout, "a dry run says what would be contacted", result.stdout + result.stderr)


def bad_databases(tests):
    folder = tests.folder
    tests.expect("a database that is not there, for reading", 1, ["missing.db"], "show", "--database", "missing.db")
    tests.expect("a folder that is not there", 1, ["nowhere", "mkdir"], "scan", *LAB, "--database", "nowhere/x.db", "127.0.0.1")
    with open(os.path.join(folder, "text.db"), "w", encoding="ascii") as file:
        file.write("this is no database, but long enough to look like a file of some kind\n" * 20)
    tests.expect("a file that is no database", 1, ["text.db"], "scan", *LAB, "--database", "text.db", "127.0.0.1")
    tests.expect("the same for reading", 1, ["text.db"], "stats", "--database", "text.db")
    tests.run("scan", *LAB, "--database", "newer.db", "--quiet", "127.0.0.1")
    connection = sqlite3.connect(os.path.join(folder, "newer.db"))
    connection.execute("PRAGMA user_version = 999")
    connection.commit()
    connection.close()
    tests.expect("a database of a newer version", 1, ["newer"], "scan", *LAB, "--database", "newer.db", "127.0.0.1")
    tests.expect("the same for reading", 1, ["newer"], "show", "--database", "newer.db")
    tests.expect("nothing to resume", 2, ["unfinished"], "scan", "--resume", "--database", "fresh.db")


def services_in(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    count = connection.execute("SELECT count(*) FROM service").fetchone()[0]
    connection.close()
    return count


def read_only_file_system(tests):
    place = os.path.join(tests.folder, "readonly")
    os.mkdir(place)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], check=True)
    database = os.path.join(place, "x.db")
    tests.run("scan", *LAB, "--database", database, "--quiet", "127.31.0.0/30")
    before = services_in(database)
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    tests.expect("a read-only database", 1, ["Read-only file system", "--database"], "scan", *LAB, "--database", database, "127.31.0.0/30")
    result = tests.run("stats", "--json", "--database", database)
    tests.say(result.returncode == 0 and before == 4, "it can still be read", result.stderr)
    subprocess.run(["umount", place], check=True)


def full_disk(tests):
    place = os.path.join(tests.folder, "full")
    os.mkdir(place)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place], check=True)
    database = os.path.join(place, "x.db")
    tests.expect("a disk that fills up in the middle", 1, ["disk"], "scan", *LAB, "--rate", "20000", "--database", database, "127.32.0.0/18")
    kept = services_in(database)
    tests.say(kept > 0, "what was committed is still there", f"{kept} services")
    subprocess.run(["mount", "-o", "remount,size=100m", place], check=True)
    result = tests.run("scan", "--resume", "--progress", "none", "--database", database)
    after = services_in(database)
    tests.say(result.returncode == 0 and after == 16384, "with room made, --resume finishes it", f"exit {result.returncode}, {after} services\n{result.stderr}")
    subprocess.run(["umount", place], check=True)


def no_descriptors(tests):
    def limit(count):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))

    tests.expect("far too few descriptors", 1, ["ulimit -n"], "scan", *LAB, "--database", "few.db", "127.33.0.0/28", preexec_fn=limit(16))
    result = tests.run("scan", *LAB, "--quiet", "--database", "some.db", "--rate", "20000", "127.33.0.0/22", preexec_fn=limit(48))
    tests.say(result.returncode == 0 and services_in(os.path.join(tests.folder, "some.db")) == 1024, "few descriptors: slower, but complete", result.stderr)


def locked_and_stopped(tests):
    database = os.path.join(tests.folder, "locked.db")
    running = subprocess.Popen([tests.mailcensus, "scan", *LAB, "--quiet", "--rate", "50", "--database", database, "127.34.0.0/20"], stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    tests.expect("a second scan into the same file", 1, [database], "scan", *LAB, "--database", database, "127.0.0.1")
    result = tests.run("stats", "--database", database)
    tests.say(result.returncode == 0, "reading goes on meanwhile", result.stderr)
    running.send_signal(signal.SIGINT)
    running.wait(timeout=20)
    tests.say(running.returncode == 3, "Ctrl-C stops cleanly with exit code 3", f"exit {running.returncode}: {running.stderr.read()}")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    mailcensus, responder = (os.path.abspath(word) for word in sys.argv[1:])
    namespace.enter()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise SystemExit("a mount namespace of our own needs root")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tests = Tests(mailcensus, folder)
        server = subprocess.Popen([responder, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            for part in (bad_words, bad_databases, read_only_file_system, full_disk, no_descriptors, locked_and_stopped):
                part(tests)
        finally:
            server.terminate()
            server.wait()
    print(f"1..{tests.number}")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
