# SPDX-License-Identifier: ISC
"""Holds all servers of the lab as process 1 of a process namespace of their own: when it ends, however it ends, the kernel ends them all."""
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

import certificates
import install
import places
import servers

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
DEVICES = ("null", "zero", "full", "random", "urandom")
STOP_S = 4  # after this time servers that do not stop by themselves are killed
INETD = os.path.join(places.SOURCE, "inetd.py")
HOSTILE = os.path.join(places.SOURCE, "hostile.py")
REPORT = os.path.join(places.LAB, "supervisor.json")


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True, stdout=subprocess.DEVNULL)


def _mount_root(root):
    """What programs expect in a root, seen only by us."""
    _mount("-t", "tmpfs", "-o", "mode=755,size=1m", "lab-devices", os.path.join(root, "dev"))
    for device in DEVICES:
        path = os.path.join(root, "dev", device)
        open(path, "w").close()
        _mount("--bind", f"/dev/{device}", path)
    for name, target in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        os.symlink(f"/proc/self/fd/{target}", os.path.join(root, "dev", name))
    os.symlink("/proc/self/fd", os.path.join(root, "dev/fd"))
    _mount("-t", "tmpfs", "-o", "mode=1777,size=16m", "lab-shared", os.path.join(root, "tmp"))
    _mount("-t", "tmpfs", "-o", "mode=755,size=16m", "lab-run", os.path.join(root, "run"))
    _mount("-t", "proc", "lab-processes", os.path.join(root, "proc"))


class Supervisor:
    def __init__(self):
        self.started = {}   # process id: (name of the server, what it runs)
        self.ended = []     # [(name, what, exit status)]
        self.failed = {}    # name: why it could not be started
        self.syslogs = []

    def listen_to_syslog(self, product):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(places.root_of(product), "dev/log")
        listener.bind(path)
        os.chmod(path, 0o666)
        self.syslogs.append((listener, open(os.path.join(places.LOGS, f"{product}-syslog.log"), "ab", buffering=0)))

    def start(self, name, arguments, environment, root=None):
        sys.stdout.flush()
        process = os.fork()
        if process != 0:
            self.started[process] = (name, arguments[0])
            return
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            log = os.open(os.path.join(places.LOGS, f"{name}.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            if root is not None:
                os.chroot(root)
            os.chdir("/")
            os.execve(arguments[0], arguments, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **environment})
        except BaseException: # pylint: disable=broad-except
            traceback.print_exc()
        os._exit(127)

    def start_server(self, server, module):
        for process in module.prepare(server):
            if not process.sockets:
                self.start(server.name, process.arguments, process.environment, places.root_of(server.product))
                continue
            listening = [f"{address}:{port}" for address, port in process.sockets]
            self.start(server.name, ["/usr/bin/python3", INETD, places.root_of(server.product), ",".join(listening), *process.arguments], process.environment)

    def start_all(self):
        for product in install.PRODUCTS:
            _mount_root(places.root_of(product))
            self.listen_to_syslog(product)
        for server, module in servers.all_servers():
            try:
                self.start_server(server, module)
            except Exception as problem: # one server that cannot start is told by `up`, the others go on
                self.failed[server.name] = f"{type(problem).__name__}: {problem}"
                traceback.print_exc()
        if os.path.exists(HOSTILE):
            self.start("hostile", ["/usr/bin/python3", HOSTILE], {"MAILCENSUS_LAB": places.LAB})

    def write_report(self):
        beside = REPORT + ".new"
        with open(beside, "w") as file:
            json.dump({"ended": self.ended, "failed": self.failed, "running": sorted({name for name, _ in self.started.values()})}, file)
        os.rename(beside, REPORT)

    def reap(self):
        """Collects all children that ended; orphans of servers come to us too, as process 1."""
        has_news = False
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return has_news
            if process == 0:
                return has_news
            if process in self.started:
                name, program = self.started.pop(process)
                self.ended.append((name, program, os.waitstatus_to_exitcode(status)))
                has_news = True

    def run(self):
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        is_stopping = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: is_stopping.append(True))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self.start_all()
        self.write_report()
        while not is_stopping:
            ready, _, _ = select.select([reading, *(listener for listener, _ in self.syslogs)], [], [])
            for listener, log in self.syslogs:
                if listener in ready:
                    log.write(listener.recv(8192) + b"\n")
            if reading in ready:
                os.read(reading, 4096)
                if self.reap():
                    self.write_report()
        self.stop()

    def stop(self):
        for process in self.started:
            os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while self.started and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.05)
        # Whatever is left ends with us.


def _bring_up_loopback_only():
    """All addresses of the lab are loopback ones, written down in one place each; a slip must not open a port to the world."""
    for server, _ in servers.all_servers():
        if not server.address.startswith("127."):
            raise SystemExit(f"refusing: {server.name} would listen on {server.address}, which is not a loopback address")


def main():
    """Runs in the background; prints the process id of process 1 (as seen from outside) when everything was started."""
    _bring_up_loopback_only()
    os.makedirs(places.LOGS, exist_ok=True)
    certificates.make_all()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWPID) != 0:
        raise SystemExit(f"a process namespace of our own is not allowed here ({os.strerror(ctypes.get_errno())}); the lab needs root on a real or virtual machine")
    process = os.fork()
    if process != 0:
        print(process, flush=True)
        return
    os.setsid()
    log = os.open(os.path.join(places.LOGS, "supervisor.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _mount("--make-rprivate", "/")
    _mount("-t", "proc", "lab-processes", "/proc")
    Supervisor().run()


if __name__ == "__main__":
    main()
