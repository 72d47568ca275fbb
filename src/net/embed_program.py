#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes a C array of a file, so that the program carries what it loads into the kernel.

usage: embed_program.py FILE NAME OUTPUT
"""
import pathlib
import sys

content = pathlib.Path(sys.argv[1]).read_bytes()
rows = [", ".join(f"0x{byte:02x}" for byte in content[start:start + 20]) for start in range(0, len(content), 20)]
pathlib.Path(sys.argv[3]).write_text(
    "/* SPDX-License-Identifier: ISC */\n/* Made by embed_program.py. */\n"
    f"static const unsigned char {sys.argv[2]}[] __attribute__((aligned(8))) = {{\n\t" + ",\n\t".join(rows) + ",\n};\n")
