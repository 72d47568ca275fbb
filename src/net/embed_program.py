#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes a C array of a file, so that the program carries what it loads into the kernel.

usage: embed_program.py FILE NAME HEADER OUTPUT
"""
import pathlib
import sys

content = pathlib.Path(sys.argv[1]).read_bytes()
rows = [", ".join(f"0x{byte:02x}" for byte in content[start:start + 20]) for start in range(0, len(content), 20)]
pathlib.Path(sys.argv[4]).write_text(
    f'/* SPDX-License-Identifier: ISC */\n/* Made by embed_program.py. */\n#include "{sys.argv[3]}"\n\n'
    f"const unsigned char {sys.argv[2]}[] __attribute__((aligned(8))) = {{\n\t" + ",\n\t".join(rows) + ",\n};\n"
    f"const size_t {sys.argv[2]}_SIZE = sizeof({sys.argv[2]});\n")
