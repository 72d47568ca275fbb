#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes C of data/world-map.tsv. usage: embed_world_map.py world-map.tsv world_map_data.c"""
import sys


def literal(text):
    return '"' + "".join(char if 0x20 <= ord(char) < 0x7f and char not in '"\\?' else "".join(f"\\{byte:03o}" for byte in char.encode()) for char in text) + '"'


with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "w", encoding="ascii") as out:
    rows = [line.rstrip("\n").split("\t") for line in source if not line.startswith("#")]
    out.write('/* Made by embed_world_map.py. */\n#include "report/world_map.h"\n\n')
    for number, (code, name, path) in enumerate(rows):
        # In parts, as compilers warn of literals beyond 4095 characters.
        parts = [path[at:at + 4000] for at in range(0, len(path), 4000)]
        out.write(f"static const char *const PATH_{number}[] = {{{''.join(literal(part) + ', ' for part in parts)}NULL}};\n")
    out.write("const struct world_country WORLD_COUNTRIES[] = {\n")
    for number, (code, name, path) in enumerate(rows):
        out.write(f"\t{{{literal(code)}, {literal(name)}, PATH_{number}}},\n")
    out.write(f"}};\nconst size_t WORLD_COUNTRY_COUNT = {len(rows)};\n")
