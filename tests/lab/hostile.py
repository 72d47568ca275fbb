#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs all hostile and odd servers of the lab in one process, a thread per connection."""
import collections
import ctypes
import json
import os
import selectors
import signal
import socket
import sys
import threading
import traceback

import contexts
import peer
import personas
import places

CONNECTIONS_MAX = 1500
KEPT_SILENT = 100
PR_SET_PDEATHSIG = 1
PORTS_PER_PROCESS = 8000  # below what a process may have open everywhere
CANARY_FIRST, CANARY_LAST = 40000, 60000  # where mailcensus asks whether a port that nobody uses accepts
READY = os.path.join(places.LAB, "hostile.json")


def listen(address, port):
    if not address.startswith("127."):
        raise SystemExit(f"refusing to listen on {address}: not a loopback address")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(256)
    listener.setblocking(False)
    return listener


def serve(connection, port, address, handler, gate):
    client = peer.Peer(connection, port, address)
    try:
        handler(client)
    except peer.Gone:
        pass
    except Exception: # a bug of ours must not look like a server's habit
        traceback.print_exc()
    finally:
        client.close()
        gate.release()


def accept_silently(address, ports):
    """Takes every connection to these ports and says nothing, in a process of its own that ends with this one."""
    parent = os.getpid()
    if os.fork() != 0:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    selector = selectors.DefaultSelector()
    for port in ports:
        selector.register(listen(address, port), selectors.EVENT_READ)
    kept = collections.deque(maxlen=KEPT_SILENT)
    while True:
        for key, _ in selector.select():
            try:
                kept.append(key.fileobj.accept()[0])
            except OSError:
                continue


def main():
    for persona in personas.PERSONAS:
        if persona.name in personas.ACCEPT_EVERYTHING:
            for first in range(CANARY_FIRST, CANARY_LAST + 1, PORTS_PER_PROCESS):
                accept_silently(persona.address, range(first, min(first + PORTS_PER_PROCESS, CANARY_LAST + 1)))
    threading.stack_size(256 * 1024)
    open(contexts.FORBIDDEN, "wb").close()
    gate = threading.BoundedSemaphore(CONNECTIONS_MAX)
    selector = selectors.DefaultSelector()
    for persona in personas.PERSONAS:
        for port, handler in persona.services.items():
            selector.register(listen(persona.address, port), selectors.EVENT_READ, (port, handler))
    with open(READY + ".new", "w") as file:
        json.dump({"personas": len(personas.PERSONAS)}, file)
    os.rename(READY + ".new", READY)
    while True:
        for key, _ in selector.select():
            try:
                connection, address = key.fileobj.accept()
            except OSError:
                continue
            gate.acquire()
            port, handler = key.data
            connection.setblocking(True)
            threading.Thread(target=serve, args=(connection, port, address[0], handler, gate), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
