#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds src/LAYERS: who may include whom, in reading order, and which folder alone may include a foreign header.

usage: layers.py ROOT
"""
import re
import sys

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
ARROW = re.compile(r"^([a-z_]+):\s*([a-z_ ]*)$")
ONLY = re.compile(r"^only ([a-z_/ ]+?) includes (.+)$")


def read_layers(text):
    """The arrows in order, the lines `only ... includes ...`, and what is wrong with them."""
    arrows, only, problems = {}, [], []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        arrow, limit = ARROW.match(line), ONLY.match(line)
        if arrow:
            name, allowed = arrow.group(1), arrow.group(2).split()
            if allowed == ["everything"]:
                allowed = list(arrows)
            for other in allowed:
                if other not in arrows:
                    problems.append(f"LAYERS line {number}: {name} points at {other}, which is not listed above it")
            if name in arrows:
                problems.append(f"LAYERS line {number}: {name} is listed twice")
            arrows[name] = set(allowed)
        elif limit:
            only.append((limit.group(1).split(), limit.group(2).split()))
        else:
            problems.append(f"LAYERS line {number}: neither `folder: folders` nor `only folders includes headers`: {line}")
    return arrows, only, problems


def covers(pattern, name):
    return name == pattern or (pattern.endswith("/") and name.startswith(pattern))


def is_inside(folder, place):
    return place == folder or place.startswith(folder + "/")


def limited_to(only, header):
    """The folders that alone may include this header; None when everybody may."""
    for folders, headers in only:
        if any(covers(pattern, header) for pattern in headers):
            return folders
    return None


def problem_with(place, header, is_quoted, source, arrows, only):
    """What is wrong when a file in folder `place` (like store/sqlite) includes this header; None when nothing."""
    owner = header.split("/")[0]
    folders = limited_to(only, header)
    if folders is not None and not any(is_inside(folder, place) for folder in folders) and not is_inside(header.rpartition("/")[0], place):
        return f"only {' and '.join(folders)} may include {header}"
    if not is_quoted:
        return None
    if not (source / header).is_file() and not (source / (header + ".in")).is_file():
        return f"{header} is no file below src/; includes are written from src/ on"
    mine = place.split("/")[0]
    if owner not in arrows:
        return f"{owner} is not in LAYERS"
    if owner != mine and owner not in arrows[mine]:
        return f"LAYERS has no arrow from {mine} to {owner} ({header})"
    member = header.rpartition("/")[0]
    if "/" in member and not is_inside(member, place):
        if owner == mine and place != owner:
            return f"{place} includes its sibling {header}: members know only the interface in {owner}/"
        # A member is its parent's business; a stranger needs a line in LAYERS.
        if owner != mine and folders is None:
            return f"{member} is a member of {owner}: include the interface in {owner}/ instead of {header}"
    return None


def main():
    root = tree.pathlib.Path(sys.argv[1])
    source = root / "src"
    arrows, only, problems = read_layers(tree.text_of(source / "LAYERS"))
    paths = tree.files(source, ".c", ".h")
    for path in paths:
        relative = path.relative_to(source)
        place = relative.parent.as_posix()
        if place.split("/")[0] not in arrows:
            problems.append(f"src/{relative}: its folder is not in LAYERS")
            continue
        is_test = path.name.endswith("_test.c")
        for kind, header in INCLUDE.findall(tree.text_of(path)):
            if is_test and kind == "<":
                continue  # a test may play the other side with whatever it needs
            problem = problem_with(place, header, kind == '"', source, arrows, only)
            if problem:
                problems.append(f"src/{relative}: {problem}")
    tree.tell("layers", f"{len(paths)} files in {len(arrows)} folders", problems)


if __name__ == "__main__":
    main()
