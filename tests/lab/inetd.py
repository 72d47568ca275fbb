#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Starts a program once per connection, with the connection as its standard input and output, as inetd does.

usage: inetd.py ROOT ADDRESS:PORT[,ADDRESS:PORT...] PROGRAM [ARGUMENT...]
"""
import os
import select
import signal
import socket
import sys

CHILDREN_MAX = 60


def listen(where):
    address, port = where.rsplit(":", 1)
    if not address.startswith("127."):
        raise SystemExit(f"refusing to listen on {address}: not a loopback address")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen(128)
    listener.setblocking(False)
    return listener


def serve(connection, root, arguments):
    if os.fork() != 0:
        return
    try:
        os.setsid()
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        silence = os.open("/dev/null", os.O_WRONLY) # what the program complains about is not for the client
        connection.setblocking(True)
        os.dup2(connection.fileno(), 0)
        os.dup2(connection.fileno(), 1)
        os.dup2(silence, 2)
        os.closerange(3, 1024)
        os.chroot(root)
        os.chdir("/")
        os.execve(arguments[0], arguments, {"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C"})
    finally:
        os._exit(127)


def main():
    root, where, arguments = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
    listeners = [listen(each) for each in where]
    children = 0
    while True:
        ready, _, _ = select.select(listeners, [], [], 0.5 if children else None)
        for listener in ready:
            try:
                connection, _ = listener.accept()
            except OSError:
                continue
            if children < CHILDREN_MAX:
                serve(connection, root, arguments)
                children += 1
            connection.close()
        while children:
            process, _ = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            children -= 1


if __name__ == "__main__":
    main()
