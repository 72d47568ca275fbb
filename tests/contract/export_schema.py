#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes docs/export.schema.json of the table in docs/export-format.md, so that document and schema cannot differ; or holds that it was made.

usage: export_schema.py DOCUMENT            prints the schema
       export_schema.py DOCUMENT SCHEMA     holds that SCHEMA is that
"""
import json
import pathlib
import re
import sys

ROW = re.compile(r"^\| `([A-Za-z0-9_.]+)` \| ([^|]+) \|(?: ([^|]*))? \|$", re.MULTILINE)
TIME = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"}
WORD = {"type": "string", "pattern": "^[a-z0-9.-]+$"}
# Members that may be missing, as the document says of them; of all other objects all are there.
ALWAYS = {"tls.certificate": ["sha256", "readable"], "chain": ["sha256", "judged"], "attribution": []}
# Keys of fields that have a dot in their name.
DOTTED = re.compile(r"^(tls_facts\.versions)\.(.+)$")


def type_of(name, kind, meaning):
    if name == "schema":
        return {"const": re.search("`([^`]+)`", meaning).group(1)}
    if kind == "word":
        words = re.findall("`([^`]+)`", meaning)
        return dict(WORD) if not words or "..." in meaning or "for example" in meaning else {"enum": words}
    simple = {"string": {"type": "string"}, "number": {"type": "integer"}, "boolean": {"type": "boolean"}, "time": dict(TIME), "object": {"type": "object"},
              "answer": {"enum": ["yes", "no", "unknown"]}, "array of strings": {"type": "array", "items": {"type": "string"}},
              "array of words": {"type": "array", "items": dict(WORD)}, "array of objects": {"type": "array", "items": {"type": "object"}}}
    return simple[kind]


def or_null(schema):
    return {**schema, "type": [schema["type"], "null"]}


def parts_of(name):
    dotted = DOTTED.match(name)
    return [*dotted.group(1).split("."), dotted.group(2)] if dotted else name.split(".")


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:mailcensus:service:1", "title": "One line of mailcensus export --format jsonl",
            "description": "What docs/export-format.md describes; made of it. More fields may come.", "type": "object", "properties": {}, "required": []}
    for name, kind, meaning in ROW.findall(text):
        *parents, last = parts_of(name)
        node = root
        for parent in parents:
            node = node["properties"][parent]
            node = node.get("items", node)
        kind, _, null = kind.partition(" or ")
        schema = type_of(name, kind, meaning)
        node.setdefault("properties", {})[last] = or_null(schema) if null else schema
        if last in ALWAYS.get(".".join(parents), [last]):
            node.setdefault("required", []).append(last)
    made = json.dumps(root, indent="\t", ensure_ascii=False) + "\n"
    if len(sys.argv) == 2:
        print(made, end="")
    elif pathlib.Path(sys.argv[2]).read_text(encoding="utf-8") != made:
        print(f"{sys.argv[2]} is not what {sys.argv[1]} says: make it anew with {sys.argv[0]}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
