#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that what is pointed at exists: in documents links, headings and paths in backticks, in the source the rules of docs/rules.md.

usage: documents.py ROOT
"""
import re
import sys

import tree

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TICKS = re.compile(r"`([^`\n]+)`")
OUR_PATH = re.compile(r"^(?:src|tests|script|docs|man|\.ci)/[a-z0-9_./-]+$")
RULES_NAMED = re.compile(r"\brules? ((?:[A-Z]-\d+)(?:(?:, and |, | and |\.\.| to )[A-Z]-\d+)*)")
RULE_WRITTEN = re.compile(r"^\| ([A-Z]-\d+) \|", re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


def anchor(heading):
    """As the common forges make them."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", ""))
    return kept.replace(" ", "-")


def problems_of(root, path):
    text = tree.text_of(path)
    prose = CODE_BLOCK.sub("", text)
    name = path.relative_to(root)
    for target in LINK.findall(prose):
        if re.match(r"^[a-z]+:", target):
            continue
        file_name, _, heading = target.partition("#")
        other = (path.parent / file_name) if file_name else path
        if not other.exists():
            yield f"{name}: link to {target}, which does not exist"
        elif heading and other.is_file() and heading not in {anchor(found) for found in HEADING.findall(tree.text_of(other))}:
            yield f"{name}: link to {target}: no such heading there"
    for word in TICKS.findall(prose):
        first = word.split(" ")[0]
        if OUR_PATH.match(first) and not (root / first).exists():
            yield f"{name}: names `{first}`, which does not exist"


def unknown_rules(root):
    rules = root / "docs" / "rules.md"
    written = set(RULE_WRITTEN.findall(tree.text_of(rules))) if rules.is_file() else set()
    for path in tree.files(root / "src", ".c", ".h", ".scenario") if (root / "src").is_dir() else []:
        for words in RULES_NAMED.findall(tree.text_of(path)):
            for rule in re.findall(r"[A-Z]-\d+", words):
                if rule not in written:
                    yield f"{path.relative_to(root)}: names rule {rule}, which docs/rules.md does not have"


def main():
    root = tree.pathlib.Path(sys.argv[1]).resolve()
    paths = tree.files(root, ".md")
    problems = [problem for path in paths for problem in problems_of(root, path)]
    tree.tell("documents", f"{len(paths)} documents", problems + sorted(set(unknown_rules(root))))


if __name__ == "__main__":
    main()
