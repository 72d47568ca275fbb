#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Compiles the database in data/ and writes the assembler file that makes it part of the program.

usage: embed_snapshot.py COMPILE_SNAPSHOT DATABASE.xz OUTPUT.s OUTPUT.snapshot

The assembler takes the bytes as they are: no C array of that size compiles in reasonable time.
"""
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile


def main():
    compiler, packed, assembler, snapshot = sys.argv[1:]
    snapshot = pathlib.Path(snapshot).resolve()
    with tempfile.NamedTemporaryFile(dir=snapshot.parent, suffix=".db") as database:
        with lzma.open(packed) as content:
            database.write(content.read())
        database.flush()
        # The tool lives for a second: what it leaves to the system is no leak.
        subprocess.run([compiler, database.name, str(snapshot)], check=True, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    pathlib.Path(assembler).write_text(
        "/* Made by embed_snapshot.py. */\n"
        "\t.section .rodata\n\t.balign 64\n"
        "\t.globl BUILT_IN_SNAPSHOT\n\t.globl BUILT_IN_SNAPSHOT_SIZE\n"
        f'BUILT_IN_SNAPSHOT:\n\t.incbin "{snapshot}"\n1:\n\t.balign 8\nBUILT_IN_SNAPSHOT_SIZE:\n\t.quad 1b - BUILT_IN_SNAPSHOT\n'
        '\t.section .note.GNU-stack,"",%progbits\n', encoding="utf-8")


if __name__ == "__main__":
    main()
