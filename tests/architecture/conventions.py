#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds small habits: each source file says its licence and what it is, stays readable in size, leaves no unfinished marks, and no test lies about unrun.

usage: conventions.py ROOT

A file that has to be larger is named in large_files beside this script, with its reason.
"""
import re
import sys

import tree

LINES_MAX = 800
TEST_LINES_MAX = 1200  # a table of cases is read row by row
SPDX = "SPDX-License-Identifier: ISC"
UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK)\b|\bXXX\b")
EXCEPTION = re.compile(r"^(\S+)\s+(\S.*)$")


def read_exceptions(root):
    path = root / "tests" / "architecture" / "large_files"
    lines = tree.text_of(path).splitlines() if path.is_file() else []
    return dict(EXCEPTION.match(line).groups() for line in lines if line and not line.startswith("#"))


def problems_of_file(name, text, exceptions):
    lines = text.splitlines()
    if not lines or SPDX not in "".join(lines[:2]):
        yield f"{name}: does not begin with {SPDX}"
    elif name.endswith((".c", ".h")) and not (len(lines) > 1 and lines[1].startswith("/* ")):
        yield f"{name}: line 2 does not say in a comment what the file is"
    most = TEST_LINES_MAX if name.endswith(("_test.c", "_test.py")) else LINES_MAX
    if len(lines) > most and name not in exceptions:
        yield f"{name}: {len(lines)} lines, more than {most}, and not in large_files"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line) and not name.endswith("conventions.py"):
            yield f"{name} line {number}: an unfinished mark: {line.strip()[:80]}"


def silent_tests(root):
    """Tests of cmocka that do not speak TAP: the runner would count them as skipped, whatever they found."""
    for path in tree.files(root, "_test.c"):
        text = tree.text_of(path)
        if "cmocka_run_group_tests" in text and "cmocka_set_message_output(CM_OUTPUT_TAP)" not in text:
            yield f"{path.relative_to(root)}: runs without cmocka_set_message_output(CM_OUTPUT_TAP), so its result is not counted"


def unlisted_tests(root):
    """Test files that no meson.build names: they would be read, but never run."""
    for path in tree.files(root, "_test.c", "_fuzz.c"):
        build = path.parent / "meson.build"
        if not build.is_file():
            continue  # the folder is not built yet: nothing of it is
        name = path.name.rsplit("_", 1)[0]
        if not re.search(rf"'{re.escape(name)}(?:_test(?:\.c)?)?'", tree.text_of(build)):
            yield f"{path.relative_to(root)}: is not named in the meson.build beside it, so it never runs"


def main():
    root = tree.pathlib.Path(sys.argv[1]).resolve()
    exceptions = read_exceptions(root)
    problems, count = [], 0
    for folder in ("src", "tests", "script"):
        for path in tree.files(root / folder, ".c", ".h", ".py") if (root / folder).is_dir() else []:
            count += 1
            problems += problems_of_file(path.relative_to(root).as_posix(), tree.text_of(path), exceptions)
    problems += [f"large_files: {name} does not exist" for name in exceptions if not (root / name).is_file()]
    problems += unlisted_tests(root)
    problems += silent_tests(root)
    tree.tell("conventions", f"{count} files", problems)


if __name__ == "__main__":
    main()
