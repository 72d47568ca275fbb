#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""`mailcensus contacts query` against HTTP servers and a name server of our own on loopback, which write down when they were asked what: answers of the shapes
of the five registries, and what a hostile one could say.

Everything happens inside a network namespace of its own.
usage: contacts_query_test.py MAILCENSUS RESPONDER
"""
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import namespace  # noqa: E402

NUMBER = 0
FAILED = 0


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:3000].splitlines()), end="")


def entity(address, *roles, inner=(), **parameters):
    card = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Somebody"]]]
    if address:
        card[1].append(["email", parameters, "text", address])
    return {"objectClassName": "entity", "roles": list(roles), "vcardArray": card, "entities": list(inner)}


def network(first, last, *entities):
    return {"objectClassName": "ip network", "handle": f"NET-{first}", "startAddress": first, "endAddress": last, "entities": list(entities)}


def rows_of(told):
    """By what was asked; what stands on standard error is no row."""
    return {row["asked"]: row for row in (json.loads(line) for line in told.splitlines() if line.startswith("{"))}


class Registry:
    """One server; what it answers is by the path, and every question is kept with its time. certificate: it speaks TLS."""

    def __init__(self, certificate=None):
        self.asked, self.agents, self.answers, self.at_once, self.most_at_once = [], set(), {}, 0, 0
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                now = time.monotonic()
                registry.asked.append((now, self.path))
                registry.agents.add((self.headers["User-Agent"], self.headers["Accept"]))
                answer = registry.answers.get(self.path, 404)
                if callable(answer):
                    answer = answer()
                status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"") if isinstance(answer, int) else (200, {}, answer)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def process_request(self, request, client_address):
                registry.at_once += 1
                registry.most_at_once = max(registry.most_at_once, registry.at_once)
                super().process_request(request, client_address)

            def handle_error(self, *_):
                pass

            def shutdown_request(self, request):
                registry.at_once -= 1
                super().shutdown_request(request)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}/"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self):
        return [path for _, path in self.asked]

    def shortest_pause(self):
        times = [when for when, _ in self.asked]
        return min((later - earlier for earlier, later in zip(times, times[1:])), default=99)


def registries(run, folder):
    arin, ripe, apnic, lacnic, afrinic = (Registry() for _ in range(5))
    all_of_them = (arin, ripe, apnic, lacnic, afrinic)
    bootstrap = folder / "bootstrap"
    bootstrap.mkdir()
    services = [[["192.0.0.0/16"], [arin.url]], [["198.51.0.0/16"], ["https://127.0.0.1:1/", ripe.url][1:]], [["203.0.113.0/24"], [apnic.url]],
                [["100.64.0.0/10"], [lacnic.url]], [["198.18.0.0/15"], [afrinic.url]]]
    (bootstrap / "ipv4.json").write_text(json.dumps({"version": "1.0", "services": services}), encoding="ascii")
    (bootstrap / "ipv6.json").write_text(json.dumps({"services": [[["2001:db8::/32"], [ripe.url]]]}), encoding="ascii")
    (bootstrap / "asn.json").write_text(json.dumps({"services": [[["64496-64511"], [ripe.url]]]}), encoding="ascii")
    arin.answers["/ip/192.0.2.1"] = network("192.0.2.0", "192.0.2.255", entity("owner@one.lab", "registrant", inner=[entity("abuse@one.lab", "abuse")]),
                                            entity("abuse@one.lab", "abuse"))
    arin.answers["/ip/192.0.3.1"] = network("192.0.3.0", "192.0.3.255", entity("abuse@two.lab", "abuse"))
    ripe.answers["/ip/198.51.100.1"] = network("198.51.100.0", "198.51.100.99", entity("abuse@three.lab", "abuse"))
    ripe.answers["/ip/2001:db8::1"] = network("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", entity("abuse@six.lab", "abuse"))
    ripe.answers["/autnum/64500"] = {"startAutnum": 64500, "endAutnum": 64500, "entities": [entity("abuse@as.lab", "abuse")]}
    apnic.answers["/ip/203.0.113.1"] = network("203.0.113.0", "203.0.113.255", entity("help@four.lab", "abuse"), entity("abuse@four.lab", "abuse", pref="1"))
    lacnic.answers["/ip/100.64.0.1"] = network("100.64.0.0", "100.64.0.255", entity("removed@lacnic.net", "abuse"))
    lacnic.answers["/ip/100.64.1.1"] = network("100.64.1.0", "100.64.1.255", entity(None, "technical", "abuse"))
    afrinic.answers["/ip/198.18.0.1"] = network("198.18.0.0", "198.18.0.255", entity("admin@five.lab", "administrative"), entity("noc@five.lab", "technical"))
    asked = ("192.0.2.1", "192.0.2.9", "192.0.3.1", "198.51.100.1", "198.51.100.77", "2001:db8::1", "AS64500", "203.0.113.1", "100.64.0.1", "100.64.1.1", "198.18.0.1",
             "192.0.9.9")
    words = ("--rdap", "--bootstrap", bootstrap, "--lab-http")
    results = rows_of(run(*asked, *words))
    found = {asked: ",".join(row["contact"]) for asked, row in results.items()}
    say(found == {"192.0.2.1": "abuse@one.lab", "192.0.2.9": "abuse@one.lab", "192.0.3.1": "abuse@two.lab", "198.51.100.1": "abuse@three.lab",
                  "198.51.100.77": "abuse@three.lab", "2001:db8::1": "abuse@six.lab", "AS64500": "abuse@as.lab", "203.0.113.1": "abuse@four.lab,help@four.lab",
                  "100.64.0.1": "", "100.64.1.1": "", "198.18.0.1": "noc@five.lab", "192.0.9.9": ""}, "five registries are understood", results)
    say({asked for asked, row in results.items() if row["outcome"] == "none"} == {"100.64.0.1", "100.64.1.1", "192.0.9.9"},
        "placeholders, empty cards and 404 are nobody", results)
    say({asked for asked, row in results.items() if row["cached"]} == {"192.0.2.9", "198.51.100.77"} and len(arin.asked) == 3 and len(ripe.asked) == 3,
        "a range is asked for once", (arin.paths(), ripe.paths()))
    pauses = [registry.shortest_pause() for registry in all_of_them]
    say(min(pauses) >= 1.0, "no registry is asked more than once a second, as they see it", pauses)
    say(max(registry.most_at_once for registry in all_of_them) == 1, "one connection at a time with each", [registry.most_at_once for registry in all_of_them])
    agents = set().union(*(registry.agents for registry in all_of_them))
    say(len(agents) == 1 and "mailcensus/" in str(agents) and "application/rdap+json" in str(agents), "we say who asks, and for what", agents)
    counts = [len(registry.asked) for registry in all_of_them]
    again = rows_of(run(*asked, *words))
    say(counts == [len(registry.asked) for registry in all_of_them] and {asked: ",".join(row["contact"]) for asked, row in again.items()} == found and
        all(row["cached"] for row in again.values()), "nothing is asked a second time", again)
    cache = (folder / "kept" / "zz-queried.csv").read_text(encoding="ascii")
    say("\n192.0.2.0/24,abuse@one.lab,,rdap,20" in cache and "\n198.51.100.0-198.51.100.99,abuse@three.lab,,rdap,20" in cache and "\n#none,100.64.0.0/24,-,,rdap,20" in cache and
        "\nAS64500,abuse@as.lab,,rdap,20" in cache and "technical of NET-198.18.0.0 of 127.0.0.1" in cache, "the cache is a file of contacts that says how it knows", cache)
    told = subprocess.run([run.mailcensus, "contacts", "look-up", "192.0.2.200", "--json", "--contacts-directory", str(folder / "kept")], capture_output=True, text=True,
                          check=True).stdout
    say(json.loads(told)["contact"]["to"] == ["abuse@one.lab"] and json.loads(told)["contact"]["source"] == "rdap", "look-up uses it", told)
    count = len(arin.asked)
    later = rows_of(run("192.0.9.9", "192.0.2.1", *words, "--contacts-at", "2099-01-01"))
    say(len(arin.asked) == count + 2 and not any(row["cached"] for row in later.values()), "answers expire", later)


def trouble(run, folder):
    """Each case a registry of its own, so that none waits for another."""
    cases, services, bootstrap = {}, [], folder / "trouble"
    bootstrap.mkdir()

    def case(name, answer, certificate=None):
        address = f"172.16.{len(cases)}.1"
        registry = Registry(certificate)
        registry.answers[f"/ip/{address}"] = answer(registry, address) if callable(answer) else answer
        services.append([[f"172.16.{len(cases)}.0/24"], [registry.url]])
        cases[name] = (address, registry)
        return registry

    busy = iter([(429, {"Retry-After": "2"}, b"")])
    good = network("172.16.0.0", "172.16.0.255", entity("abuse@wait.lab", "abuse"))
    case("wait", lambda *_: lambda: next(busy, good))
    case("away", (429, {"Retry-After": "86400"}, b""))
    other = Registry()
    other.answers["/rdap/ip/172.16.2.1"] = network("172.16.2.0", "172.16.2.255", entity("abuse@other.lab", "abuse"))
    case("sent on", (302, {"Location": f"{other.url}rdap/ip/172.16.2.1"}, b""))
    case("in circles", lambda registry, address: (302, {"Location": f"{registry.url}ip/{address}"}, b""))
    case("sent to a file", (302, {"Location": "file:///etc/passwd"}, b""))
    case("sent to plain http elsewhere", (302, {"Location": "http://192.0.2.1/"}, b""))
    case("sent nowhere", (302, {}, b""))
    case("too much", b"{" + b" " * (1 << 20) + b"}")
    case("no JSON", b"<html>")
    case("all of the world", network("0.0.0.0", "255.255.255.255", entity("abuse@evil.lab", "abuse")))
    case("somebody else's", network("198.51.100.0", "198.51.100.255", entity("abuse@evil.lab", "abuse")))
    case("broken", 500)
    case("hostile", lambda _, address: network(address, address, entity("a@evil.lab\r\nBcc: b@evil.lab", "abuse"), entity("=1+1@evil.lab", "abuse"), entity("-oX@evil.lab", "abuse")))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    case("vouched for by nobody", good, both)
    (bootstrap / "ipv4.json").write_text(json.dumps({"services": services}), encoding="ascii")
    told = run(*(address for address, _ in cases.values()), "10.0.0.1", "--rdap", "--bootstrap", bootstrap, "--lab-http", code=3)
    results = rows_of(told)

    def is_failed(name, words):
        row = results[cases[name][0]]
        say(row["outcome"] == "failed" and words in row["why"], f"{name}: could not be told", row)

    say(results["172.16.0.1"]["contact"] == ["abuse@wait.lab"] and cases["wait"][1].shortest_pause() >= 2, "a registry that wants a pause gets it",
        (results["172.16.0.1"], cases["wait"][1].asked))
    is_failed("away", "left alone for 86400 s")
    say(results["172.16.2.1"]["contact"] == ["abuse@other.lab"], "whoever is sent on asks there", results["172.16.2.1"])
    is_failed("in circles", "more than 5 redirects")
    say(len(cases["in circles"][1].asked) == 6 and cases["in circles"][1].shortest_pause() >= 1, "redirects wait as well", cases["in circles"][1].asked)
    is_failed("sent to a file", "refused")
    is_failed("sent to plain http elsewhere", "refused")
    is_failed("sent nowhere", "nowhere")
    is_failed("too much", "more than 1048576 bytes")
    is_failed("no JSON", "no object of RDAP")
    is_failed("all of the world", "something else than was asked for")
    is_failed("somebody else's", "something else than was asked for")
    is_failed("broken", "status 500")
    is_failed("vouched for by nobody", "certificate")
    say(not cases["vouched for by nobody"][1].asked, "a server without a good certificate hears no question")
    row = results[cases["hostile"][0]]
    say(row["outcome"] == "none" and row["contact"] == [], "hostile addresses are nobody's", row)
    say("no registry is responsible" in results["10.0.0.1"]["why"], "an address of nobody", results["10.0.0.1"])
    first, second = (when for when, _ in cases["wait"][1].asked)
    meanwhile = [name for name, (_, registry) in cases.items() if any(first < when < second for when, _ in registry.asked)]
    say(len(meanwhile) > 3, "while one registry wants a pause, others are asked", meanwhile)
    say("evil" not in (folder / "kept" / "zz-queried.csv").read_text(encoding="ascii"), "nothing of it is kept")


def bootstrap_of_before(run, folder):
    """IANA cannot be reached from here: what was fetched before is used, however old."""
    registry, kept = Registry(), folder / "before"
    kept.mkdir()
    told = run("10.3.0.1", "--rdap", "--lab-http", "--contacts-directory", kept, code=1)
    say("the registries are not known; --bootstrap names a directory" in told and not list(kept.glob("rdap-*")), "without IANA's files it says what to do", told)
    (kept / "rdap-ipv4.json").write_text(json.dumps({"services": [[["10.0.0.0/8"], [registry.url]]]}), encoding="ascii")
    registry.answers["/ip/10.3.0.1"] = network("10.3.0.0", "10.3.0.255", entity("abuse@three.lab", "abuse"))
    registry.answers["/ip/10.4.0.1"] = network("10.4.0.0", "10.4.0.255", entity("abuse@four.lab", "abuse"))
    row = json.loads(run("10.3.0.1", "--rdap", "--lab-http", "--contacts-directory", kept))
    say(row["contact"] == ["abuse@three.lab"], "files of today are not fetched again", row)
    os.utime(kept / "rdap-ipv4.json", (time.time() - 200000, time.time() - 200000))
    row = json.loads(run("10.4.0.1", "--rdap", "--lab-http", "--contacts-directory", kept))
    say(row["contact"] == ["abuse@four.lab"], "files of before are better than none", row)


def killed(run, folder):
    registry, bootstrap = Registry(), folder / "killed"
    bootstrap.mkdir()
    (bootstrap / "ipv4.json").write_text(json.dumps({"services": [[["10.0.0.0/8"], [registry.url]]]}), encoding="ascii")
    addresses = [f"10.0.{place}.1" for place in range(4)]
    reached, released = threading.Event(), threading.Event()
    for place, address in enumerate(addresses):
        answer = network(f"10.0.{place}.0", f"10.0.{place}.255", entity(f"abuse@k{place}.lab", "abuse"))
        registry.answers[f"/ip/{address}"] = answer if place < 2 else lambda answer=answer: (reached.set(), released.wait(60), answer)[2]
    words = [str(word) for word in (run.mailcensus, "contacts", "query", *addresses, "--rdap", "--bootstrap", bootstrap, "--lab-http", "--contacts-directory", folder / "kill")]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    say(reached.wait(60), "the third question has come")
    second = subprocess.run(words, capture_output=True, text=True, check=False)
    say(second.returncode == 1 and "somebody else asks registries already" in second.stderr, "two do not ask at the same time", second)
    process.send_signal(signal.SIGKILL)
    process.wait()
    released.set()
    cache = folder / "kill" / "zz-queried.csv"
    text = cache.read_text(encoding="ascii")
    say(text.endswith("\n") and [f"k{place}" in text for place in range(4)] == [True, True, False, False], "killed, it has kept what was told", text)
    # As after a power cut: half a line.
    cache.write_text(text + "10.0.3.0/24,abuse@ha", encoding="ascii")
    told = subprocess.run([run.mailcensus, "contacts", "look-up", "10.0.3.1", "10.0.1.1", "--json", "--contacts-directory", str(folder / "kill")], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    say([json.loads(line)["contact"]["to"] for line in told] == [[], ["abuse@k1.lab"]], "half a line hinders nobody", told)
    count = len(registry.asked)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    text = cache.read_text(encoding="ascii")
    say(done.returncode == 0 and registry.paths()[count:] == ["/ip/10.0.2.1", "/ip/10.0.3.1"] and "abuse@ha\n" not in text and text.count("\n") == 5,
        "it goes on with what is left, and half a line goes away", (done, registry.paths(), text))


class NameServer:
    """Answers TXT by the name; keeps what it was asked."""

    def __init__(self, texts):
        self.asked, self.texts = [], texts
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            message, client = self.socket.recvfrom(2048)
            labels, at = [], 12
            while message[at]:
                labels.append(message[at + 1:at + 1 + message[at]].decode().lower())
                at += 1 + message[at]
            name, question = ".".join(labels), message[12:at + 5]
            self.asked.append(name)
            texts = self.texts.get(name)
            if texts == "fail":
                self.socket.sendto(message[:2] + b"\x81\x82" + message[4:6] + bytes(6) + question, client)
                continue
            records = b"".join(b"\xc0\x0c\x00\x10\x00\x01" + (7200).to_bytes(4, "big") + (len(text) + 1).to_bytes(2, "big") + bytes([len(text)]) + text.encode()
                               for text in texts or ())
            self.socket.sendto(message[:2] + (b"\x81\x80" if texts else b"\x81\x83") + b"\x00\x01" + len(texts or ()).to_bytes(2, "big") + bytes(4) + question + records, client)


def abusix(run, folder):
    zone = "contacts.lab"
    nibbles = ".".join(reversed("20010db8000000000000000000000001"))
    server = NameServer({f"1.2.0.192.{zone}": ["abuse@ten.lab,noc@ten.lab", "abuse@ten.lab"], f"{nibbles}.{zone}": ["six@ten.lab"], f"1.100.51.198.{zone}": ["removed@lacnic.net"],
                         f"2.0.0.127.{zone}": ["root@localhost,abuse@localhost"], f"1.113.0.203.{zone}": "fail"})
    words = ("--abusix", "--abusix-zone", zone, "--dns-server", server.address, "--contacts-directory", folder / "abusix")
    asked = ("192.0.2.1", "192.0.2.200", "2001:db8::1", "198.51.100.1", "127.0.0.2", "203.0.113.1", "100.64.0.1")
    results = rows_of(run(*asked, *words, code=3))
    say({asked: (row["outcome"], ",".join(row["contact"]), row["match"]) for asked, row in results.items()} ==
        {"192.0.2.1": ("found", "abuse@ten.lab,noc@ten.lab", "192.0.2.0/24"), "192.0.2.200": ("found", "abuse@ten.lab,noc@ten.lab", "192.0.2.0/24"),
         "2001:db8::1": ("found", "six@ten.lab", "2001:db8::/48"), "198.51.100.1": ("none", "", "198.51.100.0/24"), "127.0.0.2": ("none", "", "127.0.0.0/24"),
         "203.0.113.1": ("failed", "", None), "100.64.0.1": ("none", "", "100.64.0.0/24")}, "Abusix answers by DNS", results)
    say(len([name for name in server.asked if name.endswith(f"2.0.192.{zone}")]) == 1, "neighbours are not asked for again", server.asked)
    count = len(server.asked)
    run(*(address for address in asked if address != "203.0.113.1"), *words)
    say(len(server.asked) == count, "nor is anything that is known", server.asked[count:])
    registry, bootstrap = Registry(), folder / "both"
    bootstrap.mkdir()
    (bootstrap / "ipv4.json").write_text(json.dumps({"services": [[["10.0.0.0/8"], [registry.url]]]}), encoding="ascii")
    server.texts[f"1.0.0.10.{zone}"] = ["abuse@late.lab"]
    row = json.loads(run("10.0.0.1", "--rdap", "--bootstrap", bootstrap, "--lab-http", *words))
    say((row["contact"], row["source"]) == (["abuse@late.lab"], "abusix"), "what RDAP does not know, Abusix is asked for", row)
    counts = len(registry.asked), len(server.asked)
    both = ("--rdap", "--bootstrap", bootstrap, "--lab-http", *words)
    row = json.loads(run("10.0.0.1", *both))
    say(row["cached"] and row["source"] == "abusix" and counts == (len(registry.asked), len(server.asked)), "and then neither is asked again", row)
    row = json.loads(run("10.9.0.1", "--rdap", "--bootstrap", bootstrap, "--lab-http", "--contacts-directory", folder / "abusix"))
    say(row["outcome"] == "none" and len(registry.asked) == counts[0] + 1, "a registry that knows nobody", row)
    rows = [json.loads(run("10.9.0.1", *both)) for _ in range(2)]
    say([(row["outcome"], row["cached"], row["source"]) for row in rows] == [("none", False, "abusix"), ("none", True, "abusix")] and
        (len(registry.asked), len(server.asked)) == (counts[0] + 1, counts[1] + 1), "its nobody does not speak for Abusix, and each is asked once", rows)


def census(run, folder, responder_path):
    """From a scan to files for those who can mend it."""
    database, own, kept, output = folder / "census.db", folder / "own.csv", folder / "census", folder / "out"
    registry, bootstrap = Registry(), folder / "of-census"
    bootstrap.mkdir()
    (bootstrap / "ipv4.json").write_text(json.dumps({"services": [[["127.0.0.0/8"], [registry.url]]]}), encoding="ascii")
    for place in range(4, 16):
        registry.answers[f"/ip/127.40.0.{place}"] = network("127.40.0.4", "127.40.0.15", entity("abuse@net.lab", "abuse"))
    own.write_text("match,contact\n127.40.0.0/31,abuse@own.lab\n127.40.0.2,-\n*,cert@all.lab\n", encoding="ascii")
    responder = subprocess.Popen([responder_path, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
    try:
        responder.stdout.readline()
        subprocess.run([run.mailcensus, "scan", "--database", str(database), "--open", "loopback", "--ports", "143", "--rate", "1000", "--window", "60", "--gap", "0", "--progress",
                        "none", "--quiet", "127.40.0.0/29"], check=True, timeout=120)
    finally:
        responder.terminate()
        responder.wait()
    told = rows_of(run("--rdap", "--census", "--database", database, "--bootstrap", bootstrap, "--lab-http", "--contacts", own, "--contacts-directory", kept))
    # Without TLS are the odd ones; of 1 the owner is known, of 3 the registry knows nothing.
    say(sorted(told) == ["127.40.0.3", "127.40.0.5", "127.40.0.7"] and told["127.40.0.7"]["cached"] and registry.paths() == ["/ip/127.40.0.3", "/ip/127.40.0.5"],
        "of a census only hosts without TLS and without known owner are asked for", (told, registry.paths()))
    subprocess.run([run.mailcensus, "report", "--database", str(database), "--format", "shadowserver", "--by", "contact", "--contacts", str(own), "--contacts-directory", str(kept),
                    "--output", str(output)], check=True, timeout=60, capture_output=True)
    vulnerable = {path.name.split("mailcensus-")[1].rsplit("_", 1)[0]: path.read_text(encoding="utf-8").count("\n") - 1 for path in output.glob("*_vulnerable-*")}
    say(vulnerable == {"abuse_own_lab": 1, "abuse_net_lab": 2, "cert_all_lab": 1}, "the report goes to whom was found out, and the rest to the CERT", vulnerable)


def wrong_calls(run, folder):
    for words, code, tells in ((("192.0.2.1",), 2, "say to whom by --rdap"), (("--rdap",), 2, "query needs addresses"), (("--rdap", "host.lab"), 2, "neither an address nor"),
                               (("--rdap", "a\x1bb"), 2, "'a\\x1bb'"), (("--rdap", "192.0.2.1", "--bootstrap", folder / "none"), 1, "ipv4.json cannot be read"),
                               (("--rdap", "192.0.2.1", "--bootstrap", folder / "bad"), 1, "no bootstrap file of RDAP"),
                               (("--rdap", "AS64500", "--census"), 2, "--census alone"), (("--rdap", "--census", "--database", folder / "none.db"), 1, "none.db")):
        (folder / "bad").mkdir(exist_ok=True)
        (folder / "bad" / "ipv4.json").write_text("{}", encoding="ascii")
        told = run(*words, code=code)
        say(tells in told and "\x1b" not in told, f"{' '.join(map(str, words[:3]))!r} is refused in words", told)
    # Plain http is refused without the flag for tests, even on loopback.
    registry, bootstrap = Registry(), folder / "plain"
    bootstrap.mkdir()
    (bootstrap / "ipv4.json").write_text(json.dumps({"services": [[["10.0.0.0/8"], [registry.url]]]}), encoding="ascii")
    told = run("10.9.9.9", "--rdap", "--bootstrap", bootstrap, code=3)
    say(not registry.asked and "no registry is responsible" in told, "plain http is not asked", told)


def main():
    mailcensus, responder = map(os.path.abspath, sys.argv[1:3])
    namespace.enter()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def run(*words, code=0):
            if "--contacts-directory" not in words:
                words += ("--contacts-directory", folder / "kept")
            done = subprocess.run([mailcensus, "contacts", "query", *map(str, words), "--json", "--attribution-directory", str(folder / "none")], capture_output=True,
                                  text=True, timeout=120, check=False, env={**os.environ, "http_proxy": "http://192.0.2.1:1/"})
            if done.returncode != code:
                say(False, f"{words[:4]} exits with {code}", f"{done.returncode}: {done.stderr}")
            return done.stdout + (done.stderr if code else "")

        run.mailcensus = mailcensus
        registries(run, folder)
        trouble(run, folder)
        bootstrap_of_before(run, folder)
        killed(run, folder)
        abusix(run, folder)
        census(run, folder, responder)
        wrong_calls(run, folder)
    print(f"1..{NUMBER}")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
