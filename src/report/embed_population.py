#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes C of data/country-population.tsv. usage: embed_population.py country-population.tsv country_population_data.c"""
import sys

with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "w", encoding="ascii") as out:
    lines = [line.rstrip("\n").split("\t") for line in source]
    name, year = next((line[1], line[2]) for line in lines if line[0] == "# source")
    rows = sorted((line[0], int(line[1])) for line in lines if not line[0].startswith("#"))
    assert name.isascii() and '"' not in name and "\\" not in name and all(len(code) == 2 for code, _ in rows)
    out.write('/* Made by embed_population.py. */\n#include "report/country_population.h"\n\n')
    out.write(f'const char COUNTRY_POPULATION_SOURCE[] = "{name}";\nconst unsigned COUNTRY_POPULATION_YEAR = {int(year)};\n')
    out.write("const struct country_population COUNTRY_POPULATIONS[] = {\n")
    out.writelines(f'\t{{"{code}", {number}}},\n' for code, number in rows)
    out.write(f"}};\nconst size_t COUNTRY_POPULATION_COUNT = {len(rows)};\n")
