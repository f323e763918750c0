#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""schema.py - hold what the program writes to a JSON Schema

Usage: schema.py check SCHEMA FILE
       schema.py damage SCHEMA FILE DIR
       schema.py keys SCHEMA...

FILE's first line is one JSON object, or all of it is. "check" says what is
wrong with it. A schema allows keys that it does not know, as readers must;
here it does not, so that a schema tells of all that is written.

"damage" makes of FILE one file in DIR for each way to spoil it: each required
key taken away, each value replaced by one of another type, each number by -1;
and says which of them the schema still accepts. "keys" lists all properties.
"""
import copy
import json
import os
import sys

import jsonschema


def load(path):
    with open(path, "rb") as file:
        text = file.read()
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text.split(b"\n", 1)[0])


def close(schema):
    """No object has keys that its "properties" do not name."""
    if isinstance(schema, list):
        return [close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: value if key in ("if", "then", "else", "allOf", "oneOf",
                                    "properties", "$defs") else close(value)
              for key, value in schema.items()}
    for key in ("properties", "$defs"):
        if key in closed:
            closed[key] = {k: close(v) for k, v in closed[key].items()}
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def judge(schema, value):
    """What is wrong with it, or None."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        return None
    return "%s: %s" % ("/".join(map(str, error.absolute_path)), error.message)


def resolve(schema, top):
    while "$ref" in schema:
        schema = top["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def parts(schema, value, top, path=()):
    """(path, required) of every member and element."""
    schema = resolve(schema, top)
    for one in schema.get("anyOf", []):
        if judge({**one, "$defs": top.get("$defs", {})}, value) is None:
            yield from parts(one, value, top, path)
            return
    members = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, each in members:
        yield path + (key,), key in schema.get("required", [])
        inner = schema.get("properties", {}).get(key) or \
            schema.get("items") or schema.get("additionalProperties") or {}
        yield from parts(inner, each, top, path + (key,))


def others(value):
    """Values of other types."""
    if value is None:
        return [1.5]
    if isinstance(value, bool):
        return ["true", 1]
    if isinstance(value, int):
        return ["7", -1, 1.5]
    if isinstance(value, str):
        return [7, {}]
    return [[] if isinstance(value, dict) else {}, "x"]


def spoil(schema, value):
    """(name, spoiled copy) for each way."""
    for path, required in parts(schema, value, schema):
        def at(root):
            for key in path[:-1]:
                root = root[key]
            return root
        name = ".".join(map(str, path))
        if required:
            spoiled = copy.deepcopy(value)
            del at(spoiled)[path[-1]]
            yield "no-" + name, spoiled
        for other in others(at(value)[path[-1]]):
            spoiled = copy.deepcopy(value)
            at(spoiled)[path[-1]] = other
            yield "%s-is-%s" % (name, json.dumps(other).strip('"')), spoiled


def damage(schema, value, folder):
    for name, spoiled in spoil(schema, value):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            out.write(json.dumps(spoiled, separators=(",", ":")) + "\n")
        if judge(schema, spoiled) is None:
            print("accepted: " + name)


def keys(schema):
    if isinstance(schema, list):
        for each in schema:
            yield from keys(each)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value
                yield from keys(list(value.values()))
            else:
                yield from keys(value)


def main(what, *args):
    if what == "keys":
        print("\n".join(sorted({k for path in args for k in keys(load(path))})))
        return
    schema, value = load(args[0]), load(args[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    if what == "damage":
        damage(schema, value, args[2])
        return
    wrong = judge(close(schema), value)
    if wrong:
        sys.exit(wrong)


if len(sys.argv) < 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
