#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Starts and stops the lab: real mail servers and hostile ones on loopback addresses. script/lab is the word for people."""
import asyncio
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import install
import places
import servers
import truth

UP_WITHIN_S = 50      # after this the lab is called not up, and what is missing is named
DOWN_WITHIN_S = 12
GREETING_WITHIN_S = 8
REPORT = os.path.join(places.LAB, "supervisor.json")
HOSTILE_READY = os.path.join(places.LAB, "hostile.json")


class LabError(Exception):
    """A sentence for people: what is wrong and what to do."""


def _need_root(word):
    if os.geteuid() != 0:
        raise LabError(f"the servers of the lab listen on ports 110, 143, 993 and 995, which only root may open, and run from files that only root may change. Type: sudo script/lab {word}")


def _make_place():
    """Root runs programs from there, so nobody else may be able to change them: /var/tmp is open to all."""
    os.makedirs(places.LAB, mode=0o755, exist_ok=True)
    status = os.lstat(places.LAB)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022:
        raise LabError(f"{places.LAB} does not belong to root alone; remove it, or name another folder: MAILCENSUS_LAB=/root/lab script/lab ...")


def _started_at(process):
    """Moment of start in clock ticks since boot: tells a process from a later one with the same number. None: there is none, or it is dead."""
    try:
        with open(f"/proc/{process}/stat") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return None if words[0] in "ZX" else int(words[19])
    except (OSError, IndexError, ValueError):
        return None


def _read_json(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def _supervisor():
    """Process id of the running supervisor, or None. A state left by a crash or an earlier boot counts as none."""
    state = _read_json(places.STATE)
    if state and state["started_at"] is not None and _started_at(state["process"]) == state["started_at"]:
        return state["process"]
    return None


def is_running():
    return _supervisor() is not None


async def _greets(address, port):
    """Does a greeting come? A just-started Dovecot says that it waits for its own processes: that is none yet."""
    writer = None
    try:
        reader, writer = await asyncio.open_connection(address, port, local_addr=(places.CHECKER, 0))
        line = await reader.readline()
        if line.startswith(b"* OK") and b"aiting" not in line:
            writer.write(b"x LOGOUT\r\n")
        elif line.startswith(b"+OK"):
            writer.write(b"QUIT\r\n")
        else:
            return False
        try:
            while await reader.read(4096):
                pass
        except OSError:
            pass # stunnel hangs up on QUIT before TLS
        return True
    finally:
        if writer is not None:
            writer.close()


async def _accepts(address, port):
    _, writer = await asyncio.open_connection(address, port, local_addr=(places.CHECKER, 0))
    writer.close()
    return True


async def _is_up(check, address, port):
    try:
        return await asyncio.wait_for(check(address, port), GREETING_WITHIN_S)
    except (OSError, asyncio.TimeoutError, ValueError):
        return False


def _services():
    """[(name, address, port, check)] of all real servers."""
    found = []
    for server, _ in servers.all_servers():
        found += [(server.name, server.address, port, _greets) for port in server.clear]
        found += [(server.name, server.address, port, _accepts) for port in server.secured]
    return found


async def _missing_of(services):
    gate = asyncio.Semaphore(24)

    async def guarded(service):
        async with gate:
            return await _is_up(service[3], service[1], service[2])
    answers = await asyncio.gather(*(guarded(service) for service in services))
    return [service for service, is_up in zip(services, answers) if not is_up]


def _missing():
    return asyncio.run(_missing_of(_services()))


def _wait_until_up(supervisor, deadline):
    services = _services()
    while services and time.monotonic() < deadline:
        services = asyncio.run(_missing_of(services))
        report = _read_json(REPORT) or {}
        gone = {name for name, _, _ in report.get("ended", [])} | set(report.get("failed", {}))
        if _started_at(supervisor) is None or (services and all(service[0] in gone for service in services)):
            break
        if services:
            time.sleep(0.3)
    while not os.path.exists(HOSTILE_READY) and "hostile" in (_read_json(REPORT) or {}).get("running", []) and time.monotonic() < deadline:
        time.sleep(0.1)
    return services


def _describe(missing):
    report = _read_json(REPORT) or {"ended": [], "failed": {}}
    lines = [f"{name} {address}:{port} does not answer (see {places.LOGS}/{name}.log)" for name, address, port, _ in missing]
    lines += [f"{name} could not be started: {why}" for name, why in report["failed"].items()]
    lines += [f"{name}: {program} ended with status {status}" for name, program, status in report["ended"] if any(name == other[0] for other in missing) or name == "hostile"]
    if not os.path.exists(HOSTILE_READY):
        lines.append(f"the hostile servers are not ready (see {places.LOGS}/hostile.log)")
    return lines


def _listening_everywhere():
    """Listening sockets on ports of the lab that are not on a loopback address, as address:port: they would take the ports from all servers, or show the lab to the world."""
    found = set()
    for name, loopback in (("tcp", ("7F",)), ("tcp6", ("00000000000000000000000001000000", "0000000000000000FFFF00007F"))):
        with open(f"/proc/net/{name}") as file:
            for line in file.readlines()[1:]:
                words = line.split()
                address, port = words[1].split(":")
                first = address if name == "tcp6" else address[6:8] # IPv4 is shown in the byte order of the machine
                if words[3] == "0A" and int(port, 16) in places.PORTS and not first.startswith(loopback):
                    found.add(int(port, 16))
    return sorted(found)


def _say(text):
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _start():
    taken = _listening_everywhere()
    if taken:
        raise LabError(f"another program listens on port {', '.join(map(str, taken))} of all addresses of this machine, so the servers of the lab cannot; "
                       f"stop it first (ss -ltnp shows it)")
    for path in (REPORT, HOSTILE_READY):
        if os.path.exists(path):
            os.unlink(path)
    shutil.rmtree(places.LOGS, ignore_errors=True)
    answer = subprocess.run([sys.executable, os.path.join(places.SOURCE, "supervisor.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "MAILCENSUS_LAB": places.LAB, "PYTHONDONTWRITEBYTECODE": "1"})
    if answer.returncode != 0:
        raise LabError(answer.stderr.strip() or "the supervisor could not be started")
    supervisor = int(answer.stdout)
    with open(places.STATE, "w") as file:
        json.dump({"process": supervisor, "started_at": _started_at(supervisor)}, file)
    return supervisor


def up():
    install.install()
    began = time.monotonic()
    supervisor = _supervisor()
    if supervisor is not None and not _missing() and os.path.exists(HOSTILE_READY):
        _say("is up already")
        return 0
    if supervisor is not None:
        _say("is up in part only; starting anew")
        _stop(supervisor)
    supervisor = _start()
    missing = _wait_until_up(supervisor, began + UP_WITHIN_S)
    if _started_at(supervisor) is None:
        log = os.path.join(places.LOGS, "supervisor.log")
        with open(log, errors="replace") as file:
            last = [line.strip() for line in file if line.strip()][-1:] or ["it says nothing"]
        raise LabError(f"the supervisor of the servers ended at once ({last[0]}); the lab needs namespaces and mounts of its own, so a real or virtual machine "
                       f"or a privileged container; all of it is in {log}")
    problems = _describe(missing)
    exposed = _listening_everywhere()
    if exposed:
        _stop(supervisor)
        raise LabError(f"a server opened port {', '.join(map(str, exposed))} on an address that is not loopback; everything was stopped")
    for problem in problems:
        _say(problem)
    real = len(servers.all_servers())
    _say(f"{real} real servers and {len(truth.hostile_addresses())} hostile ones {'are up' if not problems else 'were started, not all are up'} after {time.monotonic() - began:.1f} s")
    return 1 if problems else 0


def _stop(supervisor):
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN_S / 2
    while _started_at(supervisor) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    if _started_at(supervisor) is not None:
        os.kill(supervisor, signal.SIGKILL) # the kernel ends everything in its process namespace with it
        while _started_at(supervisor) is not None and time.monotonic() < deadline + DOWN_WITHIN_S / 2:
            time.sleep(0.05)
    for path in (places.STATE, REPORT, HOSTILE_READY):
        if os.path.exists(path):
            os.unlink(path)


def down():
    supervisor = _supervisor()
    if supervisor is None:
        _say("is not up")
        return 0
    _stop(supervisor)
    if _started_at(supervisor) is not None:
        raise LabError(f"process {supervisor} does not end")
    _say("is down")
    return 0


def status(is_quiet=False):
    """0: all is up; 3: not."""
    supervisor = _supervisor()
    if supervisor is None or is_quiet:
        if not is_quiet:
            print("down")
        return 0 if supervisor is not None and not _missing() and os.path.exists(HOSTILE_READY) else 3
    missing = _missing()
    absent = {(address, port) for _, address, port, _ in missing}
    for server, _ in servers.all_servers():
        ports = " ".join(f"{port}:{'no' if (server.address, port) in absent else 'up'}" for port in (*server.clear, *server.secured))
        print(f"{server.address:15} {server.name:32} {ports or 'nothing listens'}")
    print(f"{len(truth.hostile_addresses())} hostile servers: {'up' if os.path.exists(HOSTILE_READY) else 'no'}")
    return 3 if missing or not os.path.exists(HOSTILE_READY) else 0


def show_list():
    """All services and what is true of them."""
    for row in truth.rows():
        facts = " ".join(f"{key}={value}" for key, value in row.facts.items())
        print(f"{row.address:14} {row.port:4} {row.config:30} {row.verdict:22} {facts}")
    return 0


def run_install():
    install.install()
    for product, version in install.versions().items():
        print(f"{product} {version}")
    return 0


TESTS = {"test": "lab_test.py", "engines": "engines_test.py", "advice": "advice_test.py"}


def run_test(word, arguments):
    return subprocess.call([sys.executable, os.path.join(places.SOURCE, TESTS[word]), *arguments])


WORDS = {"up": up, "down": down, "status": status, "list": show_list, "install": run_install}


def main(arguments):
    sys.dont_write_bytecode = True
    if not arguments or arguments[0] not in (*WORDS, *TESTS):
        print(f"lab: a word is missing or unknown; it is one of {', '.join((*WORDS, *TESTS))}", file=sys.stderr)
        return 2
    try:
        if arguments[0] in TESTS:
            return run_test(arguments[0], arguments[1:])
        if arguments == ["status", "--quiet"]:
            return status(True)
        if len(arguments) > 1:
            print(f"lab: {arguments[0]} takes nothing else", file=sys.stderr)
            return 2
        if arguments[0] in ("list", "status"):
            return WORDS[arguments[0]]()
        _need_root(arguments[0])
        _make_place()
        with open(places.LOCK, "w") as lock: # two at a time would stop each other's servers
            fcntl.flock(lock, fcntl.LOCK_EX)
            return WORDS[arguments[0]]()
    except (LabError, install.InstallError) as problem:
        print(f"lab: {problem}", file=sys.stderr)
    except BrokenPipeError: # who read our list has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except PermissionError as problem:
        print(f"lab: {problem}; as root: sudo script/lab {arguments[0]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
