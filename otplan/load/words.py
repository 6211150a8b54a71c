"""Values and types in the words of people, and what the schema says about a field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from otplan import shipped
from otplan.load.node import Node

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_LONGEST = 60


def wanted(types: Iterable[str]) -> str:
    """Return what may stand somewhere: `text or a list`."""
    names = [_TYPES[name] for name in types]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def found(node: Node) -> str:
    """Return what stands there instead: the text `four`."""
    value = node.value
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    kind = "the text " if isinstance(value, str) else "the number "
    return f"{'' if isinstance(value, bool) else kind}`{short(node.text)}`"


def short(value: object) -> str:
    """Return a scalar as YAML shows it, cut where it is long, on one line."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def described(section: str, path: str) -> str:
    """Return what the editors' schema says about a field, and an example; empty if nothing.

    Without a section it is a field of the manifest itself.
    """
    schema = _manifest()
    if section:
        schema = schema["properties"][section]["additionalProperties"]
    for key in path.split(".") if path else ():
        inner = schema.get("properties", {}).get(key)
        schema = inner or schema.get("additionalProperties") or schema.get("items") or {}
        if not isinstance(schema, dict):
            return ""
    text: str = schema.get("description", "")
    examples = [json.dumps(example, ensure_ascii=False) for example in schema.get("examples", ())]
    return f"{text} For example: {examples[0]}" if text and examples else text


@cache
def _manifest() -> Mapping[str, Any]:
    path = shipped.folder("schema") / "manifest.schema.json"
    loaded: Mapping[str, Any] = json.loads(path.read_bytes())
    return loaded
