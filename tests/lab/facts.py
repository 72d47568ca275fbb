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
    accepted = {TRAITS.get(word, word) for word in tls["suite_traits_accepted"]}
    refused = {TRAITS.get(word, word) for word in tls["suite_traits_refused"]}
    found["accepted"] = {word: yes_no(word in accepted) for word in (*truth.STRENGTH, *truth.EXCHANGES) if word in accepted | refused}
    if accepted:
        found["traits"] = ",".join(word for word in (*truth.STRENGTH, *truth.EXCHANGES) if word in accepted)
    ranked = [word for word in truth.STRENGTH if word in accepted]
    if ranked:
        found["weakest"], found["strongest"] = ranked[0], ranked[-1]


def _of_chains(service, found):
    chains = [chain for chain in service["chains"] if chain["leaf"]["readable"]]
    if not chains:
        return
    first, leaf = chains[0], chains[0]["leaf"]
    trust = first["trust_system"]
    if trust != "unknown":
        found["trust"] = "good" if trust == "good" else "none"
        found["chain"] = {"good": "good", "incomplete": "incomplete"}.get(trust) or ("incomplete" if first["missing_issuer"] else "none")
    found.update({"cn": leaf["common_name"], "key": leaf["key_type"], "key-bits": leaf["key_bits"], "signature": leaf["signature_algorithm"],
                  "expired": yes_no(leaf["not_after"] < service["checked_at"]), "self-signed": yes_no(leaf["self_signed"])})
    others = {chain["leaf"]["key_type"] for chain in chains} - {"RSA"}
    if len(chains) > 1 and others:
        found["second-key"] = others.pop()


def of_check(service):
    """{fact: value} of one service; what is unknown is left out. `versions` and `traits` hold what is accepted; `refused` and `accepted` tell them from what is unknown."""
    tls, found = service["tls"], {}
    known = {VERSIONS[word]: answer for word, answer in tls["versions"].items() if answer != "unknown"}
    found["known-versions"] = known
    if known:
        found["versions"] = ",".join(version for version in VERSIONS.values() if known.get(version) == "yes")
    _of_suites(tls, found)
    found.update({word: tls[field] for word, field in ANSWERS.items() if tls[field] != "unknown"})
    group = tls["preferred_group"]
    if group:
        found["group"] = group["name"] or group["number"]
    found["dh-bits"] = tls["dh_bits"]
    _of_chains(service, found)
    if service["name_match"] != "unknown":
        found["name"] = "matches" if service["name_match"] == "matches" else "differs"
    found["findings"] = {finding["id"] for finding in service["findings"]} | {finding["id"] for finding in service["of_host"]["findings"]}
    if found["dh-bits"]:
        found["dh-common"] = yes_no("dh-common-1024" in found["findings"])
    found["login"] = {"advertised": "yes", "confirmed": "yes", "implied": "yes", "denied": "no"}.get(service["cleartext_login"])
    return {fact: value if isinstance(value, (dict, set)) else str(value) for fact, value in found.items() if value is not None}


def same(fact, seen, expected):
    """Is what was seen what is true? Several truths are separated by |, lists by commas; an algorithm's name only has to contain the word."""
    if fact in ("versions", "traits"):
        return set(seen.split(",")) == set(expected.split(","))
    if fact == "signature":
        return expected in seen.lower().replace("-", "")
    return seen in expected.split("|")


def differences(row, service):
    """What of the row's depth differs, as text."""
    seen, found = of_check(service), []
    for fact, expected in row.depth.items():
        if fact == "findings":
            missing = [ids for ids in expected.split(",") if not set(ids.split("|")) & seen["findings"]]
            found += [f"finding {ids} is missing" for ids in missing]
        elif fact == "no-findings":
            found += [f"finding {identity} is wrong" for identity in expected.split(",") if identity in seen["findings"]]
        elif fact != "asked" and not same(fact, seen.get(fact, ""), expected):
            found.append(f"{fact} is {seen.get(fact) or 'not seen'} instead of {expected}")
    return found
