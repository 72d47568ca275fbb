#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes world-map.tsv of Natural Earth's outlines (public domain), taken from the npm package world-atlas (ISC), with ISO's codes from Debian's iso-codes.

usage: world-map.py countries-110m.json countries-50m.json iso_3166-1.json > world-map.tsv

What has no outline at 1:110 million gets a circle where it is at 1:50 million. Equirectangular, 1000 units wide, cut at 84 degrees north and 58 south.
"""
import json
import sys

# What has no outline of its own in either: name, and where it is.
POINTS = {
    "BQ": ("Bonaire, Sint Eustatius and Saba", -68.3, 12.2), "CC": ("Cocos Islands", 96.8, -12.2), "CX": ("Christmas Island", 105.6, -10.5),
    "GF": ("French Guiana", -53.1, 4.0), "GI": ("Gibraltar", -5.35, 36.1), "GP": ("Guadeloupe", -61.5, 16.2), "MQ": ("Martinique", -61.0, 14.6),
    "RE": ("R\u00e9union", 55.5, -21.1), "SJ": ("Svalbard and Jan Mayen", 16.0, 78.5), "TK": ("Tokelau", -171.8, -9.2), "TV": ("Tuvalu", 179.2, -8.5),
    "YT": ("Mayotte", 45.2, -12.8),
}
WITHOUT_PLACE = {"AQ": "Antarctica", "BV": "Bouvet Island", "UM": "United States Minor Outlying Islands"}
WIDTH, NORTH, SOUTH = 1000, 84, -58
SCALE = WIDTH / 360


def point(longitude, latitude):
    return (longitude + 180) * SCALE, (NORTH - max(SOUTH, min(NORTH, latitude))) * SCALE


def arcs_of(topology):
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append(point(x * scale[0] + move[0], y * scale[1] + move[1]))
        yield points


def rings_of(geometry, arcs):
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"] if geometry["type"] == "MultiPolygon" else []
    for polygon in polygons:
        for ring in polygon:
            points = []
            for number in ring:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                points += arc[1:] if points else arc
            yield points


def cut(ring, edge, sign):
    """The part of a ring on one side of a meridian: sign 1: with x at or above edge."""
    out = []
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        is_in, will_be = sign * (x0 - edge) >= 0, sign * (x1 - edge) >= 0
        if is_in:
            out.append((x0, y0))
        if is_in != will_be:
            out.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
    return out + out[:1]


def pieces_of(ring):
    """A ring that crosses the edge of the map goes on at the other one: it is drawn past the edge, cut there, and the rest moved over."""
    turns, drawn = 0, []
    for x, y in ring:
        if drawn and abs(x + turns - drawn[-1][0]) > WIDTH / 2:
            turns += WIDTH if x + turns < drawn[-1][0] else -WIDTH
        drawn.append((x + turns, y))
    if all(0 <= x <= WIDTH for x, _ in drawn):
        return [ring]
    moved = [[(x + shift, y) for x, y in drawn[:-1]] for shift in (-WIDTH, 0, WIDTH)]
    return [piece for piece in (cut(cut(whole, 0, 1)[:-1], WIDTH, -1) for whole in moved) if len(piece) > 3]


def path_of(rings):
    out = []
    for ring in (piece for ring in rings for piece in pieces_of(ring)):
        words, last = [], None
        for x, y in ring:
            here = (round(x, 1), round(y, 1))
            if here != last:
                words.append(f"{here[0]:g} {here[1]:g}")
            last = here
        if len(words) > 3:
            out.append("M" + "L".join(words[:-1]) + "Z")
    return "".join(out)


def circle(x, y):
    return f"M{x - 1.5:.1f} {y:.1f}a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0Z"


def area_and_centre(ring):
    area = x = y = 0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return abs(area), ((x / (3 * area), y / (3 * area)) if area else ring[0])


def main():
    coarse, fine, iso = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
    codes = {row["numeric"]: row["alpha_2"] for row in iso["3166-1"]}
    names, shapes = dict(WITHOUT_PLACE), {}
    for topology, is_fine in ((coarse, False), (fine, True)):
        arcs = list(arcs_of(topology))
        for geometry in topology["objects"]["countries"]["geometries"]:
            code = codes.get(geometry.get("id"))
            rings = list(rings_of(geometry, arcs))
            if code is None or code in WITHOUT_PLACE or code in shapes or not rings:
                continue
            names[code] = geometry["properties"]["name"]
            if is_fine:
                x, y = max(map(area_and_centre, rings))[1]
                shapes[code] = circle(x, y)
            else:
                shapes[code] = path_of(rings)
    for code, (name, longitude, latitude) in POINTS.items():
        names[code] = name
        shapes[code] = circle(*point(longitude, latitude))
    print("# Outlines and names: Natural Earth 4.1.0, public domain, from world-atlas 2.0.2. Made by world-map.py.\n# country\tname\tpath")
    for code in sorted(names):
        print(f"{code}\t{names[code]}\t{shapes.get(code, '')}")


main()
