#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What stats --by counts, beside a count of the exported lines that is made here: every key, alone and together, with what servers say in all its forms.

usage: counts_test.py MAILCENSUS COUNTS_DATABASE ROOT
"""
import csv
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HOSTS = 300
KEYS = ["country", "asn", "family", "protocol", "host", "host-finding", "port", "verdict", "finding", "software", "version", "issuer", "tls", "pq"]
OF_HOSTS = KEYS[:6]
UNTOLD = ("unknown", "slow", "rate-limited")
WORKING = ("starttls-unadvertised", "legacy-tls-only", "login-before-tls", "tls-required", "implicit-tls", "tls-on-plain-port")
MEANT = {110: "pop3", 995: "pop3", 143: "imap", 993: "imap"}
# What servers say, and how it is shown: nothing that steers, nothing that may be taken for a word of ours.
CLEAN = {"(none)": '"(none)"', "a\x1b[2J\u00ff\"b,": "a[2J\ufffd\"b,", "two\nlines\t!": "twolines!"}
ISSUERS = {"CN=R11,O=Let's Encrypt,C=US": "Let's Encrypt", "CN=E5,O=Let's Encrypt,C=US": "Let's Encrypt", "CN=Only Name": "Only Name", "O=Example\\, Inc.,C=DE": "Example, Inc.",
           "O=\\(others)\x1b[31m,C=XX": '"(others)[31m"', "C=XX,ST=nothing\u00ffelse": "C=XX,ST=nothing\ufffdelse"}
OWN = "prefix,country,asn,as_name\n198.51.0.0/25,DE,64500,\"=Example, \"\"Inc\"\"\"\n198.51.0.128/25,FR,64501,Other\n198.51.1.0/24,PL,64502,Six\n"

NUMBER = 0
FAILED = 0


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:800].splitlines()), end="")


# ---- the same counted from exported lines ----

def counts_for(line):
    if line["protocol"] in ("pop3", "imap"):
        return line["protocol"]
    return MEANT.get(line["port"]) if line["verdict"] in WORKING else None


def is_without(line):
    return line["verdict"] == "no-tls" or (line["verdict"] in ("starttls-refused", "starttls-broken") and line["cleartext_login"] in ("confirmed", "advertised", "implied"))


def none_or_untold(line):
    return None if line["verdict"] in UNTOLD else "(none)"


def product(line):
    if line["software"]:
        return CLEAN.get(line["software"]["product"], line["software"]["product"])
    return None if counts_for(line) else none_or_untold(line)


def version(line):
    if not line["software"] or not line["software"]["version"]:
        return product(line)
    text = line["software"]["product"] + " " + line["software"]["version"]
    for hostile, clean in CLEAN.items():
        if text.startswith(hostile):
            text = '"' + text + '"' if hostile == "(none)" else text.replace(hostile, clean)
    return text


def issuer(line):
    certificate, seen = line["tls"]["certificate"], line["tls_facts"] and line["tls_facts"]["seen"]
    if certificate and "issuer" in certificate and certificate["issuer"] is not None:
        return "(self-signed)" if certificate["self_signed"] else ISSUERS[certificate["issuer"]]
    return None if seen or line["tls"]["certificate_count"] else none_or_untold(line)


def tls(line):
    accepted = [name for name, answer in line["tls_facts"]["versions"].items() if answer == "yes"] if line["tls_facts"] else []
    if accepted:
        return accepted[-1]
    return line["tls"]["version"] if line["tls"]["proven"] else none_or_untold(line)


def post_quantum(line):
    answer = line["tls_facts"]["post_quantum"] if line["tls_facts"] else "unknown"
    return answer if answer != "unknown" else None if line["tls"]["proven"] else none_or_untold(line)


def findings(line):
    if line["findings"]:
        return [finding["id"] for finding in line["findings"]]
    if not line["tls_facts"]:
        return ["(none)"] if line["verdict"] == "closed" else [None]
    return [none_or_untold(line)]


def offer(host):
    offered = {counts_for(line) for line in host} - {None}
    return "both" if len(offered) == 2 else offered.pop() if offered else None if host[0]["host"]["verdict"] == "host-unknown" else "(none)"


def host_findings(host):
    return [finding["id"] for finding in host[0]["host"]["findings"]] or [None if host[0]["host"]["verdict"] == "host-unknown" else "(none)"]


VALUES = {"country": lambda line, host: [line["country"]], "asn": lambda line, host: [line["asn"]],
          "family": lambda line, host: ["IPv6" if ":" in line["address"] else "IPv4"], "protocol": lambda line, host: [offer(host)],
          "host": lambda line, host: [line["host"]["verdict"]], "host-finding": lambda line, host: host_findings(host), "port": lambda line, host: [line["port"]],
          "verdict": lambda line, host: [line["verdict"]], "finding": lambda line, host: findings(line), "software": lambda line, host: [product(line)],
          "version": lambda line, host: [version(line)], "issuer": lambda line, host: [issuer(line)], "tls": lambda line, host: [tls(line)],
          "pq": lambda line, host: [post_quantum(line)]}


def protocols(prefix, lines):
    met = {counts_for(line) for line in lines} - {None}
    return {f"{prefix}_pop3": "pop3" in met, f"{prefix}_imap": "imap" in met, f"{prefix}_both": len(met) == 2, f"{prefix}_any": len(met) > 0}


def count(hosts, keys):
    """Groups by value, each a dictionary of what is not 0."""
    groups = {}
    is_of_hosts = all(key in OF_HOSTS for key in keys)
    for host in hosts:
        real = [line for line in host if "canary" not in line["flags"]]
        members = {}
        for line in host if is_of_hosts else real:
            for value in itertools.product(*(VALUES[key](line, host) for key in keys)):
                members.setdefault(value, []).append(line)
        for value, lines in members.items():
            group = groups.setdefault(value, {})
            inside = host if is_of_hosts else lines
            facts = {"hosts": 1, host[0]["host"]["verdict"]: 1, "without_tls_strict": host[0]["host"]["strict"], **protocols("offer", inside),
                     **protocols("without_tls", [line for line in inside if is_without(line)])}
            for line in lines:
                if line in real:
                    facts["services"] = facts.get("services", 0) + 1
                    facts["service-" + line["verdict"]] = facts.get("service-" + line["verdict"], 0) + 1
                    facts["services_untold"] = facts.get("services_untold", 0) + (line["verdict"] in UNTOLD)
            for name, number in facts.items():
                group[name] = group.get(name, 0) + number
    return {value: {name: number for name, number in group.items() if number} for value, group in groups.items()}


def told(document, keys):
    """The same form out of stats --json."""
    shown = {*KEYS, "as_name", "per_1000_mail_hosts", "inhabitants", "per_million_inhabitants"}
    return {tuple(group[key] for key in keys): {name: number for name, number in group.items() if name not in shown and number} for group in document["groups"]}


def compare(run, hosts):
    for keys in [*([key] for key in KEYS), ["country", "asn"], ["family", "protocol"], ["country", "software"], ["finding", "tls"], ["host-finding", "verdict", "pq"], KEYS]:
        document = json.loads(run("stats", "--by", ",".join(keys), "--json"))
        expected, found = count(hosts, keys), told(document, keys)
        different = [(value, expected.get(value), found.get(value)) for value in {*expected, *found} if expected.get(value) != found.get(value)]
        say(not different and len(found) == len(document["groups"]) and len(found) > 1, f"by {','.join(keys)}: {len(found)} groups, each as the exported lines are", different[:2])


def forms(run, hosts):
    document = json.loads(run("stats", "--by", "country", "--json"))
    total = count(hosts, ["family"])
    say((document["addresses"], document["addresses_done"], document["addresses_silent"], document["refused"]) == (2 * HOSTS, 2 * HOSTS, HOSTS, 7) and document["method"] == 1 and
        document["tool_version"] == "0.1\x1b[1m" and document["by"] == ["country"], "the head says of how many and by which method", document)
    say(document["total"]["hosts"] == sum(group["hosts"] for group in total.values()) and
        document["addresses_untold"] == sum(line["host"]["verdict"] == "host-unknown" for line in map(lambda host: host[0], hosts)), "the head says what could not be told", document["total"])
    germany = next(group for group in document["groups"] if group["country"] == "DE")
    nowhere = next(group for group in document["groups"] if group["country"] is None)
    say(germany["per_1000_mail_hosts"] == round(germany["without_tls_any"] * 1000 / germany["offer_any"] + 1e-9, 1) and 75e6 < germany["inhabitants"] < 95e6 and
        germany["per_million_inhabitants"] == round(germany["without_tls_any"] * 1e6 / germany["inhabitants"] + 1e-9, 2), "rates are of mail hosts and of inhabitants", germany)
    say(nowhere["inhabitants"] is None and nowhere["per_million_inhabitants"] is None and nowhere["per_1000_mail_hosts"] > 0, "nobody's inhabitants are guessed", nowhere)
    say(document["population"]["source"].startswith("Unicode CLDR") and document["population"]["year"] > 2024, "whose inhabitants they are is named", document["population"])
    for keys in ("software,issuer", "country,asn"):
        rows = list(csv.DictReader(run("stats", "--by", keys, "--format", "csv").splitlines()))
        groups = json.loads(run("stats", "--by", keys, "--json"))["groups"]
        same = [name for row, group in zip(rows, groups) for name, number in group.items() if isinstance(number, int) and row[name] != str(number)]
        say(len(rows) == len(groups) and not same and all(row["addresses"] == str(2 * HOSTS) and row["method"] == "1" for row in rows), f"CSV has the same numbers by {keys}", same)
    cells = [row["software"] for row in csv.DictReader(run("stats", "--by", "software", "--format", "csv").splitlines())]
    say("'=cmd|'/C x'!A" in cells and '"(none)"' in cells and "(none)" in cells and "" in cells and not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))],
        "no cell begins a formula, and no server's word is ours", cells)
    names = [row["as_name"] for row in csv.DictReader(run("stats", "--by", "asn", "--format", "csv").splitlines())]
    say("'=Example, \"Inc\"" in names, "a network's name is no formula either", names)
    table = run("stats", "--by", "software,issuer,country")
    say("\x1b" not in table and "\x1b" not in run("stats"), "nothing steers the terminal", repr(table))
    say(len({len(line) for line in table.splitlines()[5:12]}) == 1, "the table's columns stand below each other", table)


def keys_are_told(mailcensus, root):
    wrong = subprocess.run([mailcensus, "stats", "--by", "country,colour"], capture_output=True, text=True, timeout=60, check=False)
    say(wrong.returncode == 2 and re.search(r"one or more of (\S+)", wrong.stderr).group(1).split(",") == KEYS, "a key that is none names those that are", wrong.stderr)
    texts = {"help": subprocess.run([mailcensus, "stats", "--help"], capture_output=True, text=True, timeout=60, check=True).stdout,
             "manual": pathlib.Path(root, "man", "mailcensus-stats.1").read_text(encoding="utf-8")}
    for name, text in texts.items():
        missing = [key for key in KEYS if not re.search(rf"^(  |\.It Cm ){key}\b", text, re.MULTILINE)]
        say(not missing, f"the {name} has every key", missing)


def main():
    mailcensus, filler, root = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database, own = os.path.join(folder, "counts.db"), os.path.join(folder, "own.csv")
        subprocess.run([filler, database, str(HOSTS)], check=True)
        pathlib.Path(own).write_text(OWN, encoding="utf-8")
        options = ("--database", database, "--attribution", own, "--attribution-directory", os.path.join(folder, "none"))

        def run(*words):
            return subprocess.run([mailcensus, *words, *options], capture_output=True, text=True, check=True, timeout=120).stdout

        lines = [json.loads(line) for line in run("export", "--all", "--format", "jsonl").splitlines()]
        hosts = [list(group) for _, group in itertools.groupby(lines, key=lambda line: line["address"])]
        compare(run, hosts)
        forms(run, hosts)
        keys_are_told(mailcensus, root)
    print(f"1..{NUMBER}")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
