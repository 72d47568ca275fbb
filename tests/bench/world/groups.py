# SPDX-License-Identifier: ISC
"""`mailcensus stats --by country,asn` of a simulated census beside the world's truth, for each country and each network of each."""
import collections
import json
import os
import subprocess

PORTS = {"110": "pop3", "143": "imap", "993": "imap", "995": "pop3"}  # whoever is found by the first two is asked on all
SWEPT = "110,143"
WITH_TLS = {"starttls-unadvertised", "legacy-tls-only", "login-before-tls", "tls-required", "implicit-tls"}
SPEAKS = {"no-tls", "dead-port", "starttls-refused", "starttls-broken", *WITH_TLS}
# What these hosts are depends on moments, and each of the words is true: they are compared as one sum.
DOUBTFUL_HOSTS = {"host-unknown", "host-false"}
DOUBTFUL = {"unknown", "slow", "rate-limited", "false-host", "implicit-broken"}
CLOSED = "closed"
# A tarpit's greeting comes byte by byte: how much of it is heard, and so whether it offers POP3, depends on moments too. Such hosts may be in these counts or not.
DRIPPING = {"slow", "unknown"}
MAYBE = "may be "
SHOWN = 10


def fold(word, doubtful, prefix=""):
    return prefix + ("doubtful" if set(word.split("|")) <= doubtful else word)


def truth_of_host(columns):
    """What one host adds to its groups."""
    verdicts = [(protocol, columns[port]) for port, protocol in PORTS.items()]
    speaking, without, with_tls = ({protocol for protocol, verdict in verdicts if verdict in words} for words in (SPEAKS, {"no-tls"}, WITH_TLS))
    names = ["hosts", fold(columns["host"], DOUBTFUL_HOSTS)]
    names += [fold(verdict, DOUBTFUL, "service-") for _, verdict in verdicts if verdict != CLOSED]
    dripping = {protocol for protocol, verdict in verdicts if set(verdict.split("|")) == DRIPPING}
    for key, met in (("offer", speaking), ("without_tls", without), (MAYBE + "offer", dripping)):
        names += [f"{key}_{protocol}" for protocol in met] + ([f"{key}_any"] if met else []) + ([f"{key}_both"] if len(met) == 2 else [])
    return names + (["without_tls_strict"] if without - with_tls else [])


def truth(program, shape, family):
    """{(country, asn): {name: number}}; of the hosts that a sweep of these ports can find."""
    groups = collections.defaultdict(collections.Counter)
    words = [program, "truth", *shape, "--family", family, "--open-only", "--ports", SWEPT]
    known = {}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        titles = process.stdout.readline().split()
        for line in process.stdout:
            _, country, asn, kind, rest = line.split("\t", 4)
            if kind not in known:
                known[kind] = truth_of_host(dict(zip(titles, ["", country, asn, kind, *rest.split()])))
            groups[country, int(asn)].update(known[kind])
    if process.returncode != 0:
        raise SystemExit("the world does not tell the truth")
    return groups


def found(arguments, database, folder, family):
    """The same out of the program, with the world's own file of whose addresses are."""
    own = os.path.join(folder, "attribution.csv")
    with open(own, "w", encoding="utf-8") as file:
        subprocess.run([arguments.world, "attribution", *arguments.shape, "--family", family], check=True, stdout=file)
    words = [arguments.mailcensus, "stats", "--database", database, "--by", "country,asn", "--format", "json", "--attribution", f"csv:{own}", "--attribution-directory", folder]
    groups = collections.defaultdict(collections.Counter)
    document = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    for group in document["groups"]:
        counts = groups[group["country"], group["asn"]]
        for name, number in group.items():
            if name.startswith("host-"):
                counts[fold(name, DOUBTFUL_HOSTS)] += number
            elif name.startswith("service-") and name != "service-closed":
                counts[fold(name.removeprefix("service-"), DOUBTFUL, "service-")] += number
            elif name == "hosts" or name.startswith(("offer_", "without_tls_")):
                counts[name] += number
    return document, groups


def by_country(groups):
    countries = collections.defaultdict(collections.Counter)
    for (country, _), counts in groups.items():
        countries[country].update(counts)
    return countries


def differences(true, told):
    return [{"group": group, "name": name, "true": true[group][name], "found": told[group][name]}
            for group in sorted({*true, *told}, key=str) for name in sorted({*true[group], *told[group]})
            if not name.startswith(MAYBE) and not 0 <= told[group][name] - true[group][name] <= true[group][MAYBE + name]]


def compare(arguments, database, folder):
    """What differs, of how many countries and networks; the total stands for the sum of all groups, too."""
    true = truth(arguments.world, arguments.shape, arguments.family)
    document, told = found(arguments, database, folder, arguments.family)
    sums = {name: sum(group[name] for group in document["groups"]) for name in ("hosts", "without_tls_any", "offer_any", "services")}
    countries = by_country(true)
    different = differences(true, told) + differences(countries, by_country(told))
    different += [{"group": "total", "name": name, "true": number, "found": document["total"][name]} for name, number in sums.items() if document["total"][name] != number]
    return {"countries": len(countries), "networks": len(true), "hosts": sum(counts["hosts"] for counts in true.values()),
            "without_tls": sum(counts["without_tls_any"] for counts in true.values()), "different": different}


def show(result):
    print(f"\nstats --by country,asn: {result['countries']} countries, {result['networks']} networks, {result['hosts']} hosts, {result['without_tls']} of them without TLS; "
          f"{len(result['different'])} numbers differ from the truth")
    for row in result["different"][:SHOWN]:
        print(f"  {row['group']}: {row['name']} is {row['true']}, found {row['found']}")
    return not result["different"] and result["networks"] > 0
