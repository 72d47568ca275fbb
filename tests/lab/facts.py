# SPDX-License-Identifier: ISC
"""The facts of truth/depth/ as `mailcensus check --json` tells them (docs/check-format.md): the one place that knows its fields."""
import truth

TRAITS = {"forward-secrecy": "pfs", "static-key-exchange": "static"}
VERSIONS = {"SSLv3": "3.0", "TLSv1.0": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}
ANSWERS = {"pq": "post_quantum", "ems": "extended_master_secret", "reneg": "secure_renegotiation", "compression": "compression", "heartbeat": "heartbeat", "ocsp": "ocsp_staple",
           "client-certificate": "client_certificate", "injection": "injection", "name-matters": "name_matters", "version-intolerant": "version_intolerant",
           "extension-intolerant": "extension_intolerant"}


def services_of(document):
    """(address, port): service, of all hosts of one run."""
    return {(host["address"], service["port"]): {**service, "of_host": host, "checked_at": document["started_at"]}
            for host in document["hosts"] if host.get("address") for service in host["services"]}


def yes_no(is_so):
    return "yes" if is_so else "no"


def _of_suites(tls, found):
    accepted = {TRAITS.get(word, word) for word in tls["traits_accepted"]}
    refused = {TRAITS.get(word, word) for word in tls["traits_refused"]}
    found["accepted"] = {word: yes_no(word in accepted) for word in (*truth.STRENGTH, *truth.EXCHANGES) if word in accepted | refused}
    ranked = [word for word in truth.STRENGTH if word in accepted]
    if ranked:
        found["weakest"], found["strongest"] = ranked[0], ranked[-1]


def _of_chains(service, found):
    chains = [chain for chain in service["chains"] if chain["leaf"]["readable"]]
    if not chains:
        return
    first, leaf = chains[0], chains[0]["leaf"]
    trust = first["trust"]["system"]
    if trust != "unknown":
        found["trust"] = "good" if trust == "good" else "none"
        found["chain"] = {"good": "good", "incomplete": "incomplete"}.get(trust) or ("incomplete" if first["missing_issuer"] else "none")
    found.update({"cn": leaf["common_name"], "key": leaf["key_type"], "key-bits": leaf["key_bits"], "signature": leaf["signature_algorithm"],
                  "expired": yes_no(leaf["not_after"] < service["checked_at"]), "self-signed": yes_no(leaf["self_signed"])})
    others = {chain["leaf"]["key_type"] for chain in chains} - {"RSA"}
    if len(chains) > 1 and others:
        found["second-key"] = others.pop()


def _of_tls(tls, found):
    found["known-versions"] = {VERSIONS[word]: answer for word, answer in tls["versions"].items() if answer != "unknown"}
    _of_suites(tls, found)
    found.update({word: tls[field] for word, field in ANSWERS.items() if tls[field] != "unknown"})
    group = tls["preferred_group"]
    if group:
        found["group"] = group["name"] or group["number"]
    found["dh-bits"] = tls["dh_bits"]


def of_check(service):
    """{fact: value} of one service; what is unknown is left out. `known-versions` and `accepted` have a yes or no for each version and trait."""
    tls, found = service["tls"], {"known-versions": {}, "accepted": {}}
    if tls is not None:
        _of_tls(tls, found)
    _of_chains(service, found)
    if service["name_match"] != "unknown":
        found["name"] = "matches" if service["name_match"] == "matches" else "differs"
    found["findings"] = {finding["id"] for finding in service["findings"]} | {finding["id"] for finding in service["of_host"]["findings"]}
    if found.get("dh-bits"):
        found["dh-common"] = yes_no("dh-common-1024" in found["findings"])
    found["login"] = {"advertised": "yes", "confirmed": "yes", "implied": "yes", "denied": "no"}.get(service["cleartext_login"])
    return {fact: value if isinstance(value, (dict, set)) else str(value) for fact, value in found.items() if value is not None}


def same(fact, seen, expected):
    """Is what was seen what is true? Several truths are separated by |; an algorithm's name only has to contain the word."""
    if fact == "signature":
        return expected in seen.lower().replace("-", "")
    return seen in expected.split("|")


def single_facts(depth):
    """The facts of a row one by one: a yes or no for each version and trait."""
    found = {fact: value for fact, value in depth.items() if fact not in ("versions", "traits", "asked", "unseen", "findings", "no-findings")}
    for fact, words in (("versions", VERSIONS.values()), ("traits", (*truth.STRENGTH, *truth.EXCHANGES))):
        if fact in depth:
            found.update({word: yes_no(word in depth[fact].split(",")) for word in words})
    return found


def differences(row, service):
    """What of the row's depth differs, as text."""
    seen, depth = of_check(service), row.depth
    told, unseen = {**seen["known-versions"], **seen["accepted"], **seen}, depth.get("unseen", "").split(",")
    found = [f"{fact} is {told.get(fact) or 'not seen'} instead of {expected}" for fact, expected in single_facts(depth).items()
             if not same(fact, told.get(fact, ""), expected) and (fact not in unseen or told.get(fact))]
    found += [f"finding {ids} is missing" for ids in filter(None, depth.get("findings", "").split(",")) if not set(ids.split("|")) & seen["findings"]]
    found += [f"finding {identity} is wrong" for identity in depth.get("no-findings", "").split(",") if identity in seen["findings"]]
    return found
