#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes the C table of migration steps from SQL files, which are steps 1, 2, ... in the order given.

usage: embed_sql.py OUTPUT.c HEADER.h PREFIX STEP.sql...   (the table is PREFIX_STEPS, its length PREFIX_STEP_COUNT, as HEADER.h declares them)
"""
import pathlib
import sys


def main():
    output, header, prefix, paths = sys.argv[1], sys.argv[2], sys.argv[3], [pathlib.Path(name) for name in sys.argv[4:]]
    lines = ["/* Made by embed_sql.py from the files in migrations/; change those. */", f'#include "{header}"', ""]
    for number, path in enumerate(paths, 1):
        if not path.name.startswith(f"{number:04d}_"):
            sys.exit(f"embed_sql: {path.name} is step {number}, its name must begin with {number:04d}_")
        # Numbers instead of a literal: C promises only 4095 characters of literal.
        data = path.read_bytes() + b"\0"
        lines.append(f"static const char STEP_{number}[] = {{")
        lines += ["\t" + ",".join(str(byte) if byte < 128 else str(byte - 256) for byte in data[at : at + 32]) + "," for at in range(0, len(data), 32)]
        lines += ["};", ""]
    lines.append(f"const char *const {prefix}_STEPS[] = {{" + ", ".join(f"STEP_{number}" for number in range(1, len(paths) + 1)) + "};")
    lines.append(f"const int {prefix}_STEP_COUNT = {len(paths)};")
    pathlib.Path(output).write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
