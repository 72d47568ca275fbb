#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A census of the lab: every verdict is compared with the truth, every sent byte with what rule K-1 allows.

Sent bytes are taken from the stored transcripts, and independently from a packet capture and from what the hostile servers heard.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import capture  # noqa: E402
import certificates  # noqa: E402
import contexts  # noqa: E402
import facts  # noqa: E402
import lab  # noqa: E402
import places  # noqa: E402
import transcript  # noqa: E402
import truth  # noqa: E402

# Waits that are kind to strangers can be short on a loopback lab of our own.
OPTIONS = ["--open", "loopback", "--per-address", "64", "--window", "60", "--gap", "0.05", "--slow-after", "1", "--busy-after", "1", "--busy-retries", "2",
           "--confirm-after", "1", "--rate", "500", "--keep-closed", "--source", capture.CENSUS, "--progress", "none", "--quiet"]
SCAN_WITHIN_S = 600
CHECK_WITHIN_S = 120
CHECKS_AT_ONCE = 8
CHECK_CONNECTIONS_MAX = 20 # with one service at full depth
CHECK_WISHES = ("identity", "injection")
CONVERSATIONS_MAX = 6 # with one endpoint, whatever it does


class Results:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def note(self, is_good, text):
        if is_good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {text}")


def scan(mailcensus, database, addresses, *options):
    command = [mailcensus, "scan", "--database", database, *OPTIONS, *options, *addresses]
    code = subprocess.run(command, timeout=SCAN_WITHIN_S).returncode
    if code not in (0, 3):
        raise SystemExit(f"the scan ended with exit code {code}: {' '.join(command)}")


def export(mailcensus, database):
    """(address, port): the exported line."""
    lines = subprocess.run([mailcensus, "export", "--database", database, "--format", "jsonl", "--all"], check=True, capture_output=True).stdout.splitlines()
    services = [json.loads(line) for line in lines]
    found = {(service["address"], service["port"]): service for service in services}
    if len(found) != len(services):
        raise SystemExit("a service was exported twice")
    return found


def fact_of(service, name):
    """A fact of truth.FACTS as it was seen, as a word; '' when it was not seen."""
    tls = service["tls"]
    certificate = tls["certificate"] or {}
    if name == "expired":
        return {True: "yes", False: "no"}[certificate["not_after"] < service["decided_at"]] if "not_after" in certificate else ""
    if name == "self-signed":
        return {True: "yes", False: "no"}.get(certificate.get("self_signed"), "")
    if name == "advertised":
        return {"present": "yes", "absent": "no"}.get(service["starttls"]["advertised"], "unknown")
    value = {"protocol": service["protocol"], "login": service["cleartext_login"], "tls": tls["version"], "cn": certificate.get("common_name"),
             "key-bits": certificate.get("key_bits"), "signature": certificate.get("signature_algorithm"), "suite": (tls["suite"] or {}).get("number"),
             "dh-bits": tls["dh_bits"]}[name]
    return "" if value is None else str(value)


def fact_is(service, name, expected):
    seen = fact_of(service, name)
    if name == "signature":
        return expected in seen.lower().replace("-", "")
    return seen == expected


def compare(row, service):
    """What differs, as text; nothing when all is as it should be."""
    if service is None:
        return ["no row at all"]
    differences = []
    if service["verdict"] not in row.verdict.split("|"):
        differences.append(f"{service['verdict']} instead of {row.verdict}: {service['reason']}")
    differences += [f"{name} is {fact_of(service, name) or 'not seen'} instead of {expected}" for name, expected in row.facts.items() if not fact_is(service, name, expected)]
    return differences


def host_truth(rows):
    """The verdict of a host where it follows from its services beyond doubt, else None."""
    verdicts = {row.verdict for row in rows} - {"closed"}
    if not verdicts:
        return "host-closed"
    if any("|" in verdict for verdict in verdicts):
        return None
    if "no-tls" in verdicts:
        return "host-no-tls"
    if verdicts == {"not-mail"}:
        return "host-not-mail"
    if verdicts == {"false-host"}:
        return "host-false"
    if verdicts == {"unknown"}:
        return "host-unknown"
    if verdicts <= {"tls-required", "implicit-tls"}:
        return "host-protected"
    if "login-before-tls" in verdicts and verdicts <= {"login-before-tls", "tls-required", "implicit-tls"}:
        return "host-tls-optional"
    return None


def check_verdicts(rows, services, results):
    table = []
    for row in rows:
        differences = compare(row, services.get((row.address, row.port)))
        results.passed += not differences
        results.failed += bool(differences)
        table += [(row.address, str(row.port), row.config, difference, row.why) for difference in differences]
    for address in sorted({row.address for row in rows}):
        of_host = [row for row in rows if row.address == address]
        expected = host_truth(of_host)
        seen = {services[address, row.port]["host"]["verdict"] for row in of_host if (address, row.port) in services}
        if expected is not None:
            is_good = seen == {expected}
            results.passed += is_good
            results.failed += not is_good
            if not is_good:
                table.append((address, "host", of_host[0].config, f"{', '.join(sorted(seen)) or 'nothing'} instead of {expected}", "follows from the truth of its services"))
    if table:
        widths = [max(len(line[column]) for line in table) for column in range(3)]
        print("What differs from the truth:")
        for line in table:
            print("  " + " ".join(text.ljust(width) for text, width in zip(line, widths)), line[3])
            print(" " * (sum(widths) + 5) + f"truth: {line[4]}")


def check_transcripts(database, results):
    """Every line that the stored transcripts say was sent. Returns (address, port): the lines that were sent in clear."""
    in_clear = collections.defaultdict(collections.Counter)
    lines = bad = 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    for address, port, _, data in transcript.of_database(connection):
        before, inside, has_hello = b"", b"", False
        for kind, _, content in transcript.records(data):
            has_hello = has_hello or kind == "hello"
            if kind == "sent" and not has_hello:
                before += content
            elif kind == "sent":
                inside += content
        text = ".".join(map(str, address))
        for part, counter in ((before, in_clear[text, port]), (inside, None)):
            for line in part.splitlines(keepends=True):
                lines += 1
                if counter is not None:
                    counter[line.removesuffix(b"\r\n")] += 1
                if not line.endswith(b"\r\n") or not contexts.is_allowed(line[:-2]):
                    bad += 1
                    print(f"  {text}:{port} was sent {line!r}")
    connection.close()
    results.note(lines > 0 and bad == 0, f"{bad} of {lines} lines in the transcripts are not allowed")
    print(f"{lines} sent lines in the transcripts, {bad} not allowed")
    return in_clear


def check_capture(path, lost, in_clear, results):
    """The same from the wire, and that both agree; and that no address saw two connections at once (rule K-7)."""
    seen = collections.defaultdict(collections.Counter)
    streams = capture.streams(path)
    lines = bad = 0
    for stream in streams:
        sent = stream.sent()
        for line in capture.clear_lines(sent)[0]:
            lines += 1
            seen[stream.address, stream.port][line] += 1
            if not contexts.is_allowed(line):
                bad += 1
                print(f"  {stream.address}:{stream.port} got {line!r}")
        if not capture.records_are_whole(sent):
            bad += 1
            print(f"  {stream.address}:{stream.port}: something that is no TLS record behind the first one")
    results.note(lost == 0, f"the capture lost {lost} packets, so it proves nothing")
    results.note(lines > 0 and bad == 0, f"{bad} of {lines} lines on the wire are not allowed")
    # What is said into a connection that the server has just reset never leaves: there the wire may show less, but nowhere and never more.
    reset = {(stream.address, stream.port) for stream in streams if stream.is_reset}
    differing = sorted(key for key in set(seen) | set(in_clear) if +seen[key] != +in_clear[key] and not (key in reset and not seen[key] - in_clear[key]))
    for key in differing[:10]:
        print(f"  {key[0]}:{key[1]}: on the wire {dict(seen[key])}, in the transcripts {dict(in_clear[key])}")
    results.note(not differing, f"at {len(differing)} services the wire and the transcripts disagree about what was said in clear")
    crowded = {address: count for address, count in capture.most_at_once(streams).items() if count > 1}
    results.note(not crowded, f"more than one connection at once to {crowded}")
    often = {key: count for key, count in collections.Counter((stream.address, stream.port) for stream in streams if stream.is_established).items() if count > CONVERSATIONS_MAX}
    results.note(not often, f"more than {CONVERSATIONS_MAX} connections to {often}")
    print(f"{lines} lines in clear on the wire in {len(streams)} connections, {bad} not allowed")


def check_one(mailcensus, rows, ports, folder):
    """What `check` at full depth says of one address, by the name that its certificate should have: (rows, document or None, what went wrong)."""
    address, name = rows[0].address, rows[0].depth.get("asked", "mail.lab.example")
    authority, hosts = certificates.certificate_of("authority"), os.path.join(folder, f"hosts-{address}")
    with open(hosts, "w") as file:
        file.write(f"127.0.0.1 localhost\n{address} {name}\n")
    # Name and address belong together only for this one run.
    command = ["unshare", "-m", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh", mailcensus, "check", "--json", "--depth", "full", "--no-advice",
               "--trust-store", authority, "--mozilla-store", authority, "--ports", ",".join(map(str, ports)), "--source", capture.CENSUS, "--timeout", "30", name]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=CHECK_WITHIN_S)
        return rows, json.loads(answer.stdout), ""
    except subprocess.TimeoutExpired:
        return rows, None, f"check did not end within {CHECK_WITHIN_S} s"
    except ValueError:
        return rows, None, f"check wrote no JSON: {answer.stderr.decode(errors='replace')[-300:]}"


def compare_depth(row, service):
    if service is None:
        return ["not in the answer of check"]
    verdict = [] if service["verdict"] in row.verdict.split("|") else [f"{service['verdict']} instead of {row.verdict}: {service['reason']}"]
    often = [f"{service['connections']} connections"] if service["connections"] > CHECK_CONNECTIONS_MAX else []
    return verdict + often + facts.differences(row, service)


def check_depth(mailcensus, rows, folder, results):
    """All that a whole look at TLS shows, service by service."""
    by_address, ports = collections.defaultdict(list), collections.defaultdict(list)
    for row in rows:
        if row.depth:
            by_address[row.address].append(row)
        # Those without TLS count for the host; where nothing speaks, one port tells it, and a TLS port would be asked again after a minute (rule X-11).
        if row.verdict != "closed" and (row.depth or row.verdict != "false-host"):
            ports[row.address].append(row.port)
    if subprocess.run([mailcensus, "check", "--help"], capture_output=True).returncode != 0:
        results.skipped += 1
        print("this mailcensus has no check, so only verdicts are compared")
        return
    began, count = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        for of_address, document, problem in pool.map(lambda of_address: check_one(mailcensus, of_address, ports[of_address[0].address], folder), by_address.values()):
            services = facts.services_of(document) if document else {}
            for row in of_address:
                count += 1
                wrong = [problem] if problem else compare_depth(row, services.get((row.address, row.port)))
                results.note(not wrong, f"{row.address}:{row.port} {row.config}: {'; '.join(wrong)}")
    print(f"{count} services looked at in full; it took {time.monotonic() - began:.0f} s")
    heard = contexts.heard(*CHECK_WISHES)
    results.note(not heard, f"check said to the hostile servers what it may not: {heard[:5]}")


def check_listeners(results):
    """What the hostile servers heard, in clear and inside TLS, and whether one of them broke."""
    forbidden = contexts.heard()
    results.note(not forbidden, f"the hostile servers heard what is not allowed: {forbidden[:20]}")
    with open(os.path.join(places.LOGS, "hostile.log"), errors="replace") as file:
        text = file.read()
    results.note(not text, f"a hostile server itself failed:\n{text[:2000]}")


def run(arguments, folder, results):
    rows = [row for row in truth.rows() if fnmatch.fnmatch(row.config, arguments.only)]
    addresses = sorted({row.address for row in rows})
    if not addresses:
        raise SystemExit(f"no configuration is called like {arguments.only}; script/lab list shows them")
    database, wire = os.path.join(folder, "lab.db"), os.path.join(folder, "lab.pcap")
    for path in (database, database + "-wal", database + "-shm", wire):
        if os.path.exists(path):
            os.unlink(path)
    print(f"a census of {len(addresses)} addresses, {len(rows)} services", flush=True)
    began = time.monotonic()
    tap = capture.Capture(wire)
    try:
        scan(arguments.mailcensus, database, addresses)
    finally:
        lost = tap.stop()
    print(f"it took {time.monotonic() - began:.0f} s", flush=True)
    check_verdicts(rows, export(arguments.mailcensus, database), results)
    check_capture(wire, lost, check_transcripts(database, results), results)
    check_listeners(results)
    check_depth(arguments.mailcensus, rows, folder, results)


def main():
    parser = argparse.ArgumentParser(prog="script/lab test", description=__doc__.splitlines()[0])
    parser.add_argument("mailcensus", help="the program to test, for example build/release/src/app/mailcensus")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only configurations with such a name, for example 'dovecot-*'")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the database and the packet capture there")
    arguments = parser.parse_args()
    arguments.mailcensus = os.path.abspath(arguments.mailcensus)
    if not os.access(arguments.mailcensus, os.X_OK):
        parser.error(f"{arguments.mailcensus} is no program; script/build makes it")
    if os.geteuid() != 0:
        print("the servers of the lab and the packet capture need root: sudo script/lab test ...", file=sys.stderr)
        return 1
    is_ours = lab.main(["status", "--quiet"]) != 0
    results = Results()
    try:
        if is_ours and lab.main(["up"]) != 0:
            return 1
        if arguments.keep:
            os.makedirs(arguments.keep, exist_ok=True)
            run(arguments, arguments.keep, results)
        else:
            with tempfile.TemporaryDirectory() as folder:
                run(arguments, folder, results)
    finally:
        if is_ours:
            lab.main(["down"])
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
