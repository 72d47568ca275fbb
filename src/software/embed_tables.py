#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes C arrays of tables of data.

usage: embed_tables.py OUTPUT.c NAME=FILE...

Each becomes `const unsigned char NAME[]` and `const size_t NAME_SIZE`.
"""
import pathlib
import sys


def main():
    output = sys.argv[1]
    lines = ["/* Made by embed_tables.py from the files in data/; change those. */", '#include "software/built_in.h"', ""]
    for word in sys.argv[2:]:
        name, _, path = word.partition("=")
        data = pathlib.Path(path).read_bytes()
        # Numbers instead of a literal: C promises only 4095 characters of literal.
        lines.append(f"const unsigned char {name}[] = {{")
        lines += ["\t" + ",".join(str(byte) for byte in data[at : at + 32]) + "," for at in range(0, len(data), 32)]
        lines += ["};", f"const size_t {name}_SIZE = sizeof({name});", ""]
    pathlib.Path(output).write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
