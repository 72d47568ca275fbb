# SPDX-License-Identifier: ISC
"""Where the lab keeps what: one folder, by default /var/tmp/mailcensus-lab, or $MAILCENSUS_LAB."""
import os

LAB = os.path.abspath(os.environ.get("MAILCENSUS_LAB") or "/var/tmp/mailcensus-lab")
PACKAGES = os.path.join(LAB, "packages")          # .deb files, shared by all roots
ROOTS = os.path.join(LAB, "root")                 # one private root per product
CERTIFICATES = os.path.join(LAB, "certificates")
LOGS = os.path.join(LAB, "log")
STATE = os.path.join(LAB, "state.json")           # the supervisor: process id, when it was started, which servers are up
LOCK = os.path.join(LAB, "lock")

SOURCE = os.path.dirname(os.path.abspath(__file__))
CHECKER = "127.0.0.2"                             # who looks whether servers are up; apart from the census, so that a capture shows only what the census says
PORTS = (110, 143, 993, 995)


def root_of(product):
    return os.path.join(ROOTS, product)
