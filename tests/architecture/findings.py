#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that every finding is registered, explained, founded on a rule, tested, and shown by a server of the lab.

usage: findings.py ROOT

For each src/classify/findings/NAME.c: NAME is in the list of that folder's meson.build and defines FINDING_NAME with the id of that name; no text
is empty; its rules are rows of docs/rules.md; its reference is an RFC or a reason in words; a unit test names its id; and its `lab` is
CONFIGURATION:PORT of tests/lab/truth, or unit:TEST for what one host alone cannot show.
"""
import ast
import re
import sys

import tree

FOLDER = "src/classify/findings"
TEXTS = ("id", "title", "rules", "reference", "condition", "explanation", "user_sentence", "lab")
# What nobody can exploit has an empty text there, but it has to be said.
MAY_BE_EMPTY = ("exploit",)
DEFINITION = re.compile(r"^const struct finding_rule FINDING_([A-Z0-9_]+) = \{(.*?)^\};", re.MULTILINE | re.DOTALL)
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
FIELD = re.compile(rf"^\s*\.(\w+) =\s*({LITERAL}(?:\s*{LITERAL})*),", re.MULTILINE)
LISTED = re.compile(r"^finding_names = \[(.*?)\]", re.MULTILINE | re.DOTALL)
RULE = re.compile(r"[A-Z]-\d+")
RULE_WRITTEN = re.compile(r"^\| ([A-Z]-\d+) \|", re.MULTILINE)
REFERENCE = re.compile(r"\bRFC \d+|\bCVE-\d+|\S+ \S+ \S+ \S+")
ID = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")


def fields_of(text):
    """The texts of the definition; literals that stand side by side are one."""
    return {name: "".join(ast.literal_eval(part) for part in re.findall(LITERAL, literals)) for name, literals in FIELD.findall(text)}


def read_truth(root):
    """CONFIGURATION:PORT of every row."""
    shown = set()
    folder = root / "tests" / "lab" / "truth"
    for path in sorted(folder.rglob("*.tsv")) if folder.is_dir() else []:
        for line in tree.text_of(path).splitlines():
            columns = line.split("\t")
            if line.startswith("#") or len(columns) < 2:
                continue
            shown |= {f"{columns[0]}:{port}" for port in columns[1].split(",")}
    return shown


def lab_problem(lab, shown, root):
    kind, _, name = lab.partition(":")
    if kind == "unit":
        return None if list((root / "src").rglob(name + ".c")) else f"its lab is {lab}, and there is no such test"
    return None if lab in shown else f"its lab is {lab}, which is no row of tests/lab/truth"


def problems_of(path, text, listed, written, shown, tests, root):
    name = path.stem
    found = DEFINITION.search(text)
    if name not in listed:
        yield f"is not in finding_names of {FOLDER}/meson.build, so nobody asks it"
    if not found or found.group(1) != name.upper():
        yield f"does not define FINDING_{name.upper()}"
        return
    fields = fields_of(found.group(2))
    for field in TEXTS:
        if not fields.get(field, "").strip():
            yield f"says nothing as .{field}"
    for field in MAY_BE_EMPTY:
        if field not in fields:
            yield f"does not say .{field} (\"\" where nobody can)"
    identity = fields.get("id", "")
    if identity.replace("-", "_") != name or not ID.match(identity):
        yield f"its id is {identity}, and not {name.replace('_', '-')}"
    rules = RULE.findall(fields.get("rules", ""))
    if not rules:
        yield "names no rule"
    for rule in rules:
        if rule not in written:
            yield f"names rule {rule}, which docs/rules.md does not have"
    if not REFERENCE.search(fields.get("reference", "")):
        yield "refers to no RFC, and gives no reason in words"
    if not any(f'"{identity}"' in test for test in tests):
        yield f"no unit test of src/classify names \"{identity}\""
    problem = lab_problem(fields.get("lab", ""), shown, root) if fields.get("lab") else None
    if problem:
        yield problem


def main():
    root = tree.pathlib.Path(sys.argv[1]).resolve()
    folder = root / FOLDER
    if not folder.is_dir():
        tree.tell("findings", "no findings", [])
    build = folder / "meson.build"
    match = LISTED.search(tree.text_of(build)) if build.is_file() else None
    listed = re.findall(r"'(\w+)'", match.group(1)) if match else []
    rules = root / "docs" / "rules.md"
    written = set(RULE_WRITTEN.findall(tree.text_of(rules))) if rules.is_file() else set()
    shown = read_truth(root)
    tests = [tree.text_of(path) for path in tree.files(root / "src" / "classify", "_test.c")]
    paths = [path for path in tree.files(folder, ".c") if not path.name.endswith("_test.c")]
    problems = [f"{FOLDER}/{path.name}: {problem}" for path in paths
                for problem in problems_of(path, tree.text_of(path), listed, written, shown, tests, root)]
    problems += [f"{FOLDER}/meson.build: {name} is listed, and there is no {name}.c" for name in listed if not (folder / (name + ".c")).is_file()]
    problems += [f"{FOLDER}/meson.build: {name} is listed twice" for name in sorted({name for name in listed if listed.count(name) > 1})]
    tree.tell("findings", f"{len(paths)} findings", problems)


if __name__ == "__main__":
    main()
