# SPDX-License-Identifier: ISC
"""TLS records and messages, as bytes."""
from suites import TLS10

ALERT, HANDSHAKE = 21, 22
RECORD_MAX = 16384


def record(kind, version, body):
    return bytes([kind]) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def records(version, body):
    return b"".join(record(HANDSHAKE, version, body[at:at + RECORD_MAX]) for at in range(0, len(body), RECORD_MAX))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def alert(description, version=TLS10, level=2):
    return record(ALERT, version, bytes([level, description]))


def vector(data):
    return len(data).to_bytes(2, "big") + data


def extension(number, data):
    return number.to_bytes(2, "big") + vector(data)
