# SPDX-License-Identifier: ISC
"""mailcensus itself: `check` at full depth, towards one port. Its JSON is read by the same words as in the lab's own test (tests/lab/facts.py)."""
import json
import os
import subprocess

import facts
from accuracy import services

NAME = "mailcensus"


def _program():
    return os.environ.get("MAILCENSUS", "build/release/src/app/mailcensus")


def is_there():
    return os.access(_program(), os.X_OK)


def version():
    return subprocess.run([_program(), "--version"], capture_output=True, text=True).stdout.split()[1]


def commands(service, folder, options):
    authority = options["authority"]
    return [["sh", "-c", 'exec "$0" "$@" >check.json', os.path.abspath(_program()), "check", "--json", "--depth", "full", "--no-advice", "--trust-store", authority,
             "--mozilla-store", authority, "--ports", str(service.port), service.name]]


def answers(service, folder):
    try:
        with open(os.path.join(folder, "check.json")) as file:
            found = facts.services_of(json.load(file))[service.address, service.port]
    except (OSError, ValueError, KeyError):
        return {}
    seen = facts.of_check(found)
    told = {title: seen["known-versions"][word] for word, title in services.VERSIONS.items() if word in seen["known-versions"]}
    told.update({title: seen["accepted"][word] for word, title in services.TRAITS.items() if word in seen["accepted"]})
    told.update({title: seen[word] for word, title in services.SINGLE.items() if word in seen})
    if service.starttls and "login" in seen:
        told[services.LOGIN] = seen["login"]
    return told
