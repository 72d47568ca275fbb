#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds real output of `mailcensus check --json` against docs/check.schema.json, and the schema against docs/check-format.md: the same fields, none more.

usage: check_schema_test.py PROGRAM SCHEMA DOCUMENT
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import unicodedata

SKIPPED = 77
ROW = re.compile(r"^\| `([a-zA-Z0-9_.\[\]]+)` \|", re.MULTILINE)
VISIBLE = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")  # format characters that are seen

try:
    import jsonschema
except ImportError:
    print("check_schema: python3-jsonschema is missing: script/bootstrap installs it")
    sys.exit(SKIPPED)


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a name twice: {names}")
    return dict(pairs)


def fields(schema, node, prefix=""):
    """Every path of a field that the schema names; [] stands for each item of an array."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    for option in node.get("anyOf", []):
        yield from fields(schema, option, prefix)
    if "items" in node:
        yield from fields(schema, node["items"], prefix + "[]")
    for name, inner in node.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        yield path
        yield from fields(schema, inner, path)


def documented(text):
    return set(ROW.findall(text))


def paths(value, prefix=""):
    if isinstance(value, list):
        for inner in value:
            yield from paths(inner, prefix + "[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path
            yield from paths(inner, path)


def can_fail(validator, report):
    """A schema that lets everything pass would hold nothing."""
    changes = [lambda r: r.update(schema="mailcensus.check/2"), lambda r: r.update(depth="deep"), lambda r: r["hosts"][0].update(grade="G"),
               lambda r: r["hosts"][0]["services"][0].pop("verdict"), lambda r: r["hosts"][0]["services"][0]["tls"].update(post_quantum=True)]
    for index, change in enumerate(changes):
        broken = copy.deepcopy(report)
        change(broken)
        if validator.is_valid(broken):
            yield f"the schema does not see change {index}"


def main():
    output = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True).stdout
    schema = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    problems, seen = [], set()
    lines = output.decode("utf-8").split("\n")
    if lines.pop() != "":
        problems.append("the last line has no end")
    for number, line in enumerate(lines, 1):
        steering = {char for char in line if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in VISIBLE}
        if steering:
            problems.append(f"line {number}: steering characters as they are: {sorted(steering)}")
        report = json.loads(line, object_pairs_hook=unique)
        seen |= set(paths(report))
        problems += [f"line {number}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(report)]
        if number == 1:
            problems += can_fail(validator, report)
    named = set(fields(schema, schema))
    written = documented(pathlib.Path(sys.argv[3]).read_text(encoding="utf-8"))
    problems += [f"{name} is in the schema, but not in the document" for name in sorted(named - written)]
    problems += [f"{name} is in the document, but not in the schema" for name in sorted(written - named)]
    problems += [f"{name} is in the schema, but never written" for name in sorted(named - seen)]
    problems += [f"{name} is written, but not in the schema" for name in sorted(seen - named)]
    for problem in problems[:50]:
        print(problem, file=sys.stderr)
    print(f"check_schema: {len(lines)} reports, {len(named)} fields, {len(problems)} problems")
    sys.exit(1 if problems or not lines else 0)


if __name__ == "__main__":
    main()
