"""A cluster file against its schema: what does not fit, at its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from otplan import shipped
from otplan.core.values import Value
from otplan.errors import Diagnostic, Place, Severity

Rule: TypeAlias = Mapping[str, Any]
"""A part of the schema."""

_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "a text, in quotes"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "object": (dict, "a mapping"),
    "array": (list, "a list"),
    "null": (type(None), "null"),
}


@cache
def schema() -> Rule:
    """Return the schema of cluster files."""
    loaded: Rule = json.loads((shipped.folder("schema") / "cluster.schema.json").read_bytes())
    return loaded


def resolved(rule: Rule) -> Rule:
    """Return a rule, or the one it refers to."""
    if reference := rule.get("$ref"):
        found: Rule = schema()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return found
    return rule


def findings(
    node: yaml.Node, value: Value, file: Path, rule: Rule, path: str = ""
) -> Iterator[Diagnostic]:
    """Yield what is wrong with a node and below it; `value` is what it holds."""
    if mend := _mend(value, rule, path):
        yield error("OT623", f"`{path}` cannot be that.", place(node, file), mend)
    elif isinstance(node, yaml.MappingNode):
        yield from _twice(node, file)
        yield from _missing(node, value, file, rule)
        for key, inner in node.value:
            name, below = key.value, _below(rule, key.value)
            if below is None:
                yield _unknown(key, file, rule)
            else:
                dotted = f"{path}.{name}" if path else name
                yield from findings(inner, value.get(name), file, below, dotted)
    elif isinstance(node, yaml.SequenceNode):
        for index, (inner, each) in enumerate(zip(node.value, value, strict=True)):
            yield from findings(inner, each, file, resolved(rule["items"]), f"{path}.{index}")


def place(node: yaml.Node, file: Path) -> Place:
    """Return where a node stands."""
    return Place(str(file), node.start_mark.line + 1, node.start_mark.column + 1)


def error(code: str, message: str, where: Place, mend: str) -> Diagnostic:
    """Return an error of a cluster file."""
    return Diagnostic(code, Severity.ERROR, message, where, help=mend)


def _below(rule: Rule, key: str) -> Rule | None:
    """Return the rule of a key; None where there may be no such key."""
    found = rule.get("properties", {}).get(key, rule.get("additionalProperties"))
    return resolved(found) if found else None


def _twice(node: yaml.MappingNode, file: Path) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if line := first.get(key.value):
            message = f"The key `{key.value}` is there twice; the first is in line {line}."
            yield error("OT621", message, place(key, file), "Remove one of the two.")
        first.setdefault(key.value, key.start_mark.line + 1)


def _unknown(key: yaml.Node, file: Path, rule: Rule) -> Diagnostic:
    known = rule["properties"]
    close = get_close_matches(str(key.value), known, n=1)
    mend = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}."
    return error("OT622", f"Unknown key `{key.value}`.", place(key, file), mend)


def _missing(
    node: yaml.MappingNode, value: Mapping[str, Value], file: Path, rule: Rule
) -> Iterator[Diagnostic]:
    # What a file does not say, its base may.
    required = () if "base" in value else rule.get("required", ())
    for key in required:
        if key not in value:
            mend = f"Add `{key}`: {rule['properties'][key]['description']}"
            yield error("OT624", f"The key `{key}` is missing.", place(node, file), mend)


def _mend(value: Value, rule: Rule, path: str) -> str:
    """Return what a value must be; empty where it is that."""
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    # In Python true is a number, in YAML it is none.
    if not any(type(value) is _TYPES[name][0] for name in types):
        return f"Write {' or '.join(_TYPES[name][1] for name in types)}."
    if value not in rule.get("enum", [value]):
        return f"Write one of {', '.join(each for each in rule['enum'] if each)}."
    if isinstance(value, int) and value < rule.get("minimum", value):
        return f"Write {rule['minimum']} or more."
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        return "Write every name in quotes."
    return _mend_text(value, rule, path) if isinstance(value, str) else ""


def _mend_text(value: str, rule: Rule, path: str) -> str:
    if len(value) < rule.get("minLength", 0):
        return "Write it out, or null."
    if not re.search(rule.get("pattern", ""), value):
        example = rule["examples"][0] if "examples" in rule else ""
        return f"Write {example}, for instance." if example else "Write it from `/` on."
    if path.startswith("hosts.") and not _compiles(value):
        return "Write a regular expression, as in `login[0-9]+[.]example[.]org`."
    return ""


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
