#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The server that a test starts does not outlive the test, however that ends.

usage: postgres_gone_test.py
"""
import os
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import postgres  # noqa: E402

PATIENCE_MS = 30000


def hold():
    """A test that has a server and waits for what is done to it."""
    try:
        with postgres.Server(["fsync=off"]) as server:
            print(server.process.pid, server.folder, flush=True)
            sys.stdin.read()
    except postgres.CannotStart as reason:
        print(f"0 {reason}", flush=True)


def main():
    print("1..2")
    for number, signal_name in enumerate(("SIGTERM", "SIGKILL"), 1):
        holder = subprocess.Popen([sys.executable, __file__, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pid, folder = holder.stdout.readline().strip().split(" ", 1)
        if pid == "0":
            postgres.skip(folder)
        server = os.pidfd_open(int(pid))
        holder.send_signal(getattr(signal, signal_name))
        is_gone = bool(select.select([server], [], [], PATIENCE_MS / 1000)[0])
        holder.wait()
        is_tidy = signal_name == "SIGKILL" or not os.path.exists(folder)
        subprocess.run(["rm", "-rf", "--", folder], check=True)
        print(f"{'ok' if is_gone and is_tidy else 'not ok'} {number} - a test that got {signal_name} leaves no server{' and no folder' if signal_name == 'SIGTERM' else ''} behind")
        if not is_gone:
            signal.pidfd_send_signal(server, signal.SIGQUIT)
    return 0


if __name__ == "__main__":
    sys.exit(hold() if sys.argv[1:] == ["hold"] else main())
