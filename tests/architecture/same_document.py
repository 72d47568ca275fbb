#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that a document which a program writes is the one that is committed.

usage: same_document.py DOCUMENT RENEWED-BY PROGRAM [ARGUMENT...]
"""
import difflib
import subprocess
import sys

import tree


def main():
    document, renewed_by, command = tree.pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    committed = tree.text_of(document) if document.is_file() else ""
    problems = []
    if written != committed:
        changes = [line for line in difflib.unified_diff(committed.splitlines(), written.splitlines(), "committed", "written", lineterm="", n=0)]
        problems.append(f"{document.name} is not what the program writes; renew it with {renewed_by}\n" + "\n".join(changes[:20]))
    tree.tell("same document", f"{document.name}, {len(written.splitlines())} lines", problems)


if __name__ == "__main__":
    main()
