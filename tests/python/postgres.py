# SPDX-License-Identifier: ISC
"""A PostgreSQL server of one's own for a test: in a temporary folder, as an unprivileged user, reached by a Unix socket alone. It does not outlive the test."""
import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class CannotStart(Exception):
    """Why there is no server here."""


def programs():
    """The folder with initdb and postgres, the newest version's."""
    found = shutil.which("initdb")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]) if path.split("/")[4].isdigit() else 0)
    if folders and os.path.exists(os.path.join(folders[-1], "initdb")):
        return folders[-1]
    if found:
        return os.path.dirname(os.path.realpath(found))
    raise CannotStart("PostgreSQL is not installed (script/bootstrap does it)")


def end_with_caller(caller):
    """Between fork and exec: however the caller ends, by SIGKILL too, the server stops at once and takes its processes along."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
    if os.getppid() != caller:
        os._exit(1)  # it has ended already


def leave(*_):
    raise SystemExit("terminated")


class Server:
    """with Server() as server: ... server.location("name")"""

    def __init__(self, settings=(), authentication="trust", password=None):
        self.settings, self.authentication, self.password = list(settings), authentication, password
        self.folder = self.process = None

    def _as_user(self):
        if os.geteuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        raise CannotStart("there is no unprivileged user that PostgreSQL could run as")

    def __enter__(self):
        self.bin = programs()
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, leave)  # so that the folder goes too
        self.identity = self._as_user()
        self.folder = tempfile.mkdtemp(prefix="mailcensus-postgres-", dir="/tmp")
        if self.identity:
            os.chown(self.folder, self.identity["user"], self.identity["group"])
        os.chmod(self.folder, 0o711)
        command = [os.path.join(self.bin, "initdb"), "-D", self.folder + "/data", "-U", "census", "-A", self.authentication, "-E", "UTF8", "--no-locale", "--no-sync"]
        if self.password is not None:
            with open(self.folder + "/password", "w", encoding="ascii") as file:
                file.write(self.password + "\n")
            os.chmod(self.folder + "/password", 0o644)
            command.append("--pwfile=" + self.folder + "/password")
        try:
            made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", **self.identity)
            if made.returncode != 0:
                raise CannotStart("initdb failed: " + made.stdout[-500:])
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self):
        caller = os.getpid()
        log = open(self.folder + "/log", "a", encoding="utf-8")
        command = [os.path.join(self.bin, "postgres"), "-D", self.folder + "/data", "-k", self.folder, "-c", "listen_addresses="]
        for setting in self.settings:
            command += ["-c", setting]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
                                        preexec_fn=lambda: end_with_caller(caller), **self.identity)
        log.close()
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                ready = subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", self.folder], timeout=10)
                if ready.returncode == 0:
                    return
            except subprocess.TimeoutExpired:
                pass
            time.sleep(0.05)
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as file:
            raise CannotStart("postgres does not start: " + file.read()[-800:])

    def kill(self):
        """SIGKILL for the server and all its processes, as a crash would."""
        # Asked before: they have groups of their own, and no parent afterwards.
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
        for victim in [self.process.pid] + [int(child) for child in children]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()

    def parameters(self):
        return f"host={self.folder}&user=census"

    def location(self, database):
        return f"postgresql:///{database}?{self.parameters()}"

    def sql(self, text, database="postgres"):
        """What psql prints for it, one line a row."""
        environment = dict(os.environ, PGPASSWORD=self.password or "")
        run = subprocess.run([os.path.join(self.bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "census", "-d", database], input=text,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        return run.stdout.strip()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(SKIPPED)
