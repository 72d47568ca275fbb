#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that every line is JSON for a parser that is not ours, harmless on a terminal, and that docs/export-format.md names its fields, each and no other.

usage: check_jsonl.py PROGRAM DOCUMENT
"""
import json
import pathlib
import re
import subprocess
import sys
import unicodedata

# Format characters that are seen (Unicode: Prepended_Concatenation_Mark, and the Syriac abbreviation mark): they deceive nobody.
VISIBLE = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
ROW = re.compile(r"^\| `([A-Za-z0-9_.]+)` \|", re.MULTILINE)
ANSWERS = {"unknown", "no", "yes"}
SEVERITIES = ["info", "low", "medium", "high", "critical"]


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a name twice: {names}")
    return dict(pairs)


def paths(value, prefix=""):
    for name, inner in value.items():
        yield prefix + name
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                yield from paths(item, f"{prefix}{name}.")


def value_at(value, path):
    """What a path of names leads to; None where a parent is null or missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def unsound(value, answers):
    """What a field of a line says that none may say."""
    for path in answers:
        # "TLSv1.0" is one name.
        names = path.split(".", 2) if ".versions." in path else path.split(".")
        answer = value_at(value, names)
        if answer is not None and answer not in ANSWERS:
            yield f"{path} is {answer}"
    for findings in (value["findings"], value["host"]["findings"]):
        if any(set(finding) != {"id", "severity", "confidence", "evidence"} or finding["severity"] not in SEVERITIES for finding in findings):
            yield f"a finding is not one: {findings}"
    facts, chain = value["tls_facts"], value["chain"]
    if facts and (set(facts["traits_accepted"]) & set(facts["traits_refused"]) or set(facts["groups_accepted"]) & set(facts["groups_refused"])):
        yield "something is accepted and refused"
    if chain and chain["judged"] and any(not re.fullmatch("[0-9a-f]{64}", one) for one in chain["certificates"]):
        yield "a chain holds what is no fingerprint"


def main():
    output = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True).stdout
    document = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
    documented = set(ROW.findall(document))
    answers = re.findall(r"^\| `([A-Za-z0-9_.]+)` \| answer \|", document, re.MULTILINE)
    problems, found = [], set()
    lines = output.decode("utf-8").split("\n")  # not splitlines, which would be fooled by U+2028
    if lines.pop() != "":
        problems.append("the last line has no end")
    for number, line in enumerate(lines, 1):
        shown = [char for char in line if not " " <= char <= "~" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in VISIBLE]
        if shown:
            problems.append(f"line {number}: steering characters as they are: {shown}")
        try:
            value = json.loads(line, object_pairs_hook=unique)
        except ValueError as error:
            problems.append(f"line {number}: {error}: {line[:200]}")
            continue
        if value["schema"] != "mailcensus.service/1":
            problems.append(f"line {number}: schema {value['schema']}")
        problems += [f"line {number}: {problem}" for problem in unsound(value, answers)]
        found |= set(paths(value))
    problems += [f"{name} is written, but not documented" for name in sorted(found - documented)]
    problems += [f"{name} is documented, but never written" for name in sorted(documented - found)]
    for problem in problems[:50]:
        print(problem, file=sys.stderr)
    print(f"{len(lines)} lines, {len(found)} fields, {len(problems)} problems")
    sys.exit(1 if problems or not lines else 0)


if __name__ == "__main__":
    main()
