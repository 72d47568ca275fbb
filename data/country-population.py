#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes country-population.tsv of Unicode CLDR's territories (supplemental/territoryInfo.json of the npm package cldr-core), for the codes of ISO 3166-1 (Debian's iso-codes).

usage: country-population.py territoryInfo.json iso_3166-1.json YEAR > country-population.tsv

YEAR is that of CLDR's release. A territory that nobody lives in for good, or of which CLDR has no number, is left out.
"""
import json
import sys


def main():
    info, codes, year = sys.argv[1:]
    with open(info, encoding="utf-8") as file:
        supplemental = json.load(file)["supplemental"]
    with open(codes, encoding="utf-8") as file:
        countries = {row["alpha_2"]: row.get("common_name", row["name"]) for row in json.load(file)["3166-1"]}
    version = supplemental["version"]["_cldrVersion"]
    print(f"# Inhabitants of countries: Unicode CLDR {version} ({year}), supplemental/territoryInfo.json, by the Unicode License V3; made by country-population.py.")
    print(f"# source\tUnicode CLDR {version}\t{year}")
    print("# country\tinhabitants\tname")
    for code, name in sorted(countries.items()):
        number = int(supplemental["territoryInfo"].get(code, {}).get("_population", 0))
        # CLDR writes 1 where it wants no zero (Bouvet, Heard).
        if number > 1:
            print(f"{code}\t{number}\t{name}")


if __name__ == "__main__":
    main()
