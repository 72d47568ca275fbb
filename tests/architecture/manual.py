#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that the manual pages are well-formed, point at pages that exist, and list the options that the program lists, no more and no less.

usage: manual.py ROOT [PROGRAM]

A page mailcensus-COMMAND.1 belongs to `PROGRAM COMMAND --help`. Without PROGRAM only the pages themselves are looked at.
"""
import re
import shutil
import subprocess
import sys

import tree

ITEM = re.compile(r"^\.It\b.*$", re.MULTILINE)
ITEM_OPTION = re.compile(r"\bFl (?:Fl |-|\\-)+([a-z][a-z0-9-]*)")
HELP_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
REFERENCE = re.compile(r"^\.Xr (\S+) (\d)", re.MULTILINE)
EVERYWHERE = {"help"}  # every command has it; the overview says so once


def lint(path):
    run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(path)], capture_output=True, text=True)
    return [line.replace(str(path), path.name) for line in (run.stdout + run.stderr).splitlines() if line.strip()]


def options_of_page(path):
    """Only those that have an item of their own: a mention in a sentence explains nothing."""
    return {option for item in ITEM.findall(tree.text_of(path)) for option in ITEM_OPTION.findall(item)} - EVERYWHERE


def options_of_program(program, command):
    run = subprocess.run([program, command, "--help"], capture_output=True, text=True, timeout=20)
    if run.returncode != 0:
        return None
    return set(HELP_OPTION.findall(run.stdout)) - EVERYWHERE


def compare(path, program):
    command = path.name[len("mailcensus-"):-len(".1")]
    listed, written = options_of_program(program, command), options_of_page(path)
    if listed is None:
        return [f"{path.name}: `mailcensus {command} --help` fails"]
    problems = [f"{path.name}: --{option} is in `mailcensus {command} --help` but has no item here" for option in sorted(listed - written)]
    return problems + [f"{path.name}: --{option} has an item here but is not in `mailcensus {command} --help`" for option in sorted(written - listed)]


def main():
    root = tree.pathlib.Path(sys.argv[1])
    program = sys.argv[2] if len(sys.argv) > 2 else None
    paths = [path for path in tree.files(root / "man", ".1", ".5", ".7", ".8")] if (root / "man").is_dir() else []
    if not paths or shutil.which("mandoc") is None:
        print("manual: no page, or no mandoc, to look with")
        sys.exit(tree.SKIPPED)
    names = {path.name for path in paths}
    problems = []
    for path in paths:
        problems += lint(path)
        for name, section in REFERENCE.findall(tree.text_of(path)):
            if name.startswith("mailcensus") and f"{name}.{section}" not in names:
                problems.append(f"{path.name}: points at {name}({section}), which does not exist")
        if program and path.name.startswith("mailcensus-") and path.name.endswith(".1"):
            problems += compare(path, program)
    tree.tell("manual", f"{len(paths)} pages", problems)


if __name__ == "__main__":
    main()
