"""Write docs/manifest.md, the reference of every manifest key, from the schema's sections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from otplan.load import sections

PAGE = Path(__file__).with_name("manifest.md")

_COLUMNS = ("Key", "Type", "Default", "Affects", "What it says", "Example")
_INTRODUCTION = """\
# The manifest

<!-- Generated from schema/sections by docs/manifest_page.py: edit those, then run ./dev docs. -->

A manifest is one YAML file with the keys below.
Any other key is an error, but those that start with `x-` are yours.
`${var.<name>}` and `${matrix.<label>}` may stand in every string of a resource.
A string that is nothing else takes the value with its type, and `$${` is a plain `${`.

What a key affects decides what a changed value does:

- **result**: the stage is made anew, and all that reads it.
- **script**, **queue**: a waiting job is updated or replaced; what runs or is done stays.
- **nothing**: no job is touched.
"""
_REFERENCES = """\
## References

A key that names another resource holds its plain name.
Where several kinds may stand, `<kind>.<name>` says which is meant.
`sft[order=3]` picks one of a matrix, and `sft[*]` takes all of them as inputs of one.
A plain reference to a resource with a matrix carries the matrix along.
Two such references join where they have a label in common, and multiply over the rest.
"""


def page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, _top(), *map(_section, sections.SECTIONS)]
    parts += [_shared("common", "Every resource"), _shared("program", "A program")]
    parts += [_shared("engine", "An engine"), _shared("harbor", "Harbor")]
    parts += [_shared("published", "What is published"), _REFERENCES]
    return "\n".join(parts)


def _top() -> str:
    source = sections.source("top")
    named = "".join(f"- [`{name}`](#{name})\n" for name in sections.SECTIONS)
    return f"## The top level\n\n{_table(source, source)}\nThe resources are in:\n\n{named}"


def _section(name: str) -> str:
    source, whole = sections.source(name), sections.section(name)
    table = _table(source, whole)
    return f"## `{name}`\n\n{source['title']}.\n{_besides(source)}\n{table}"


def _besides(source: dict[str, Any]) -> str:
    links = {
        "common": "the keys of [every resource](#every-resource)",
        "published": "those of [what is published](#what-is-published)",
        "program": "those of [a program](#a-program)",
        "engine": "of [an engine](#an-engine)",
        "harbor": "of [Harbor](#harbor)",
    }
    return f"It has {', '.join(links[name] for name in source['include'])}, and these:\n"


def _shared(name: str, title: str) -> str:
    source = sections.source(name)
    return f"## {title}\n\n{_table(source, source)}"


def _table(source: dict[str, Any], whole: dict[str, Any]) -> str:
    rule = ["---"] * len(_COLUMNS)
    lines = [_COLUMNS, rule, *_rows(source, whole)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows(source: dict[str, Any], whole: dict[str, Any], prefix: str = "") -> Iterator[list[str]]:
    """Yield a row for every property that the source itself names, and for those inside it."""
    needed = whole.get("required", ())
    for key in source.get("properties", {}):
        own, schema, path = source["properties"][key], whole["properties"][key], f"{prefix}{key}"
        yield [
            f"`{path}`",
            _type(schema),
            _default(schema, needed=key in needed),
            schema["x-otplan-affects"],
            _words(own, schema),
            _example(schema),
        ]
        yield from _rows(own, schema, f"{path}.")
        if isinstance(inner := own.get("additionalProperties"), dict) and "properties" in inner:
            yield from _rows(inner, schema["additionalProperties"], f"{path}.<name>.")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    names = {"object": "mapping", "array": "list"}
    text = " or ".join(names.get(name, str(name)) for name in types)
    if kinds := schema.get("x-otplan-reference"):
        text = f"{text} of references" if "array" in types else "reference"
        text = f"{text} ({', '.join(kinds)})"
    return text


def _default(schema: dict[str, Any], *, needed: bool) -> str:
    if needed:
        return "*required*"
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else ""


def _words(own: dict[str, Any], schema: dict[str, Any]) -> str:
    more = " It has the keys of [a program](#a-program), and these." if "include" in own else ""
    return f"{schema['description'].strip()}{more}".replace("|", "\\|")


def _example(schema: dict[str, Any]) -> str:
    return f"`{json.dumps(schema['examples'][0])}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
