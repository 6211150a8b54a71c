"""The sections of a manifest: their schemas as shipped, and how those are generated.

schema/sections/*.yaml are the source and are never read at run time: `generate` makes of them
manifest.schema.json, for editors, and strict.json, for what a manifest is after substitution.
Both are flat draft-07. In the source, `include` names the files whose properties are put in
front, and a property that is there already is merged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from otplan import shipped
from otplan.core.resource import Affects, Property

Schema: TypeAlias = dict[str, Any]

SECTIONS = ("datasets", "trainings", "consolidations", "evals", "scripts")
_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_SUBSTITUTION = r"\$\{"
_SCHEMAS_INSIDE = ("items", "additionalProperties")


@cache
def strict() -> Mapping[str, Any]:
    """Return strict.json: `manifest`, the schema of the top level, and `sections` by name.

    Each section has its `kind` and the `schema` of one resource after substitution.
    """
    loaded: Mapping[str, Any] = json.loads((shipped.folder("schema") / "strict.json").read_bytes())
    return loaded


@cache
def sheet(section: str) -> Mapping[str, Property]:
    """Return what each property of a section affects, by dotted path with `*` for any key."""
    return dict(_rows(strict()["sections"][section]["schema"]))


def generate() -> Mapping[str, bytes]:
    """Return the files of schema/ that are made from the sections, by name."""
    sections = {name: section(name) for name in SECTIONS}
    top = source("top")
    return {
        "manifest.schema.json": _text(_manifest(top, sections)),
        "strict.json": _text(_strict(top, sections), indent=None),
    }


def section(name: str) -> Schema:
    """Return a section's schema as its source says, with all it includes in place."""
    return _complete({"type": "object", "additionalProperties": False, **source(name)})


def source(name: str) -> Schema:
    """Return a file of schema/sections as it is written."""
    import yaml

    text = (shipped.folder("schema") / "sections" / f"{name}.yaml").read_text()
    loaded: Schema = yaml.safe_load(text)
    return loaded


def _rows(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Property]]:
    for key, inner in schema.get("properties", {}).items():
        path = f"{prefix}{key}"
        yield path, Property(Affects(inner["x-otplan-affects"]), inner.get("default"))
        if isinstance(inner.get("additionalProperties"), dict) or _is_open(inner):
            yield f"{path}.*", Property(Affects(inner["x-otplan-affects"]))
        yield from _rows(inner, f"{path}.")


def _is_open(schema: Schema) -> bool:
    return schema["type"] == "object" and schema.get("additionalProperties", True) is True


def _complete(schema: Schema) -> Schema:
    """Return a schema with what it includes in front of its own properties, all the way down."""
    properties: Schema = {}
    for name in schema.get("include", ()):
        properties |= source(name)["properties"]
    for key, own in schema.get("properties", {}).items():
        properties[key] = properties.get(key, {}) | own
    whole = {key: value for key, value in schema.items() if key != "include"}
    if properties:
        whole["properties"] = {key: _complete(inner) for key, inner in properties.items()}
    return whole


def _manifest(top: Schema, sections: Mapping[str, Schema]) -> Schema:
    """Return the schema for editors: every resource in place, substitutions admitted."""
    parts = {name: _admitting(_without(schema, {"kind"})) for name, schema in sections.items()}
    defaults: Schema = dict(parts)
    defaults["slurm"] = parts[SECTIONS[0]]["properties"]["slurm"]
    properties = dict(top["properties"])
    properties["defaults"] = properties["defaults"] | {"properties": defaults}
    for name, part in parts.items():
        properties[name] = _named(part)
    return _closed({"$schema": "http://json-schema.org/draft-07/schema#"} | top, properties)


def _strict(top: Schema, sections: Mapping[str, Schema]) -> Schema:
    """Return both schemas of the strict pass, without the words that only people read."""
    whole: Schema = {"type": "object"}
    properties = dict(top["properties"])
    inside = dict.fromkeys((*SECTIONS, "slurm"), whole)
    properties["defaults"] = properties["defaults"] | {"properties": inside}
    for name in SECTIONS:
        properties[name] = _named(whole)
    words = {"kind", "title", "description", "examples"}
    return {
        "manifest": _ending(_without(_closed(top, properties), words)),
        "sections": {
            name: {"kind": schema["kind"], "schema": _ending(_without(schema, words))}
            for name, schema in sections.items()
        },
    }


def _closed(top: Schema, properties: Schema) -> Schema:
    extensions = {"^x-": {"description": "Yours: a place for anchors, ignored by otplan."}}
    rest = {"properties": properties, "patternProperties": extensions}
    return top | {"type": "object", **rest, "additionalProperties": False}


def _named(resource: Schema) -> Schema:
    words = {"description": f"{resource['title']}, by name."} if "title" in resource else {}
    names = {"pattern": _NAME}
    return {"type": "object", **words, "propertyNames": names, "additionalProperties": resource}


def _without(schema: Schema, words: set[str]) -> Schema:
    """Return a schema without these keywords; a property of that name stays."""
    kept = {key: value for key, value in schema.items() if key not in words}
    return _inside(kept, lambda inner: _without(inner, words))


def _ending(schema: Schema) -> Schema:
    r"""Return a schema whose patterns end where the text does.

    In Python `$` also matches before a last line feed, which a block of YAML leaves; `\Z` does not.
    """
    ended = {key: value for key, value in schema.items() if key != "propertyNames"}
    if "propertyNames" in schema:
        ended["propertyNames"] = _ending(schema["propertyNames"])
    if schema.get("pattern", "").endswith("$"):
        ended["pattern"] = rf"{schema['pattern'].removesuffix('$')}\Z"
    return _inside(ended, _ending)


def _admitting(schema: Schema) -> Schema:
    """Return a schema that asks for no field and lets a string with `${` stand for a scalar."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    loose = {key: value for key, value in schema.items() if key not in ("required", "maxLength")}
    if enum := loose.pop("enum", None):
        loose["pattern"] = f"^({'|'.join(enum)})$"
        loose["examples"] = enum
    if "pattern" in loose:
        loose["pattern"] = f"({loose['pattern']})|{_SUBSTITUTION}"
    if "string" not in types and not {"object", "array"} & set(types):
        loose |= {"type": [*types, "string"], "pattern": _SUBSTITUTION}
    return _inside(loose, _admitting)


def _inside(schema: Schema, change: Any) -> Schema:  # noqa: ANN401
    """Return a schema with `change` made to every schema directly in it."""
    inner = {
        key: change(schema[key]) for key in _SCHEMAS_INSIDE if isinstance(schema.get(key), dict)
    }
    for key in ("properties", "patternProperties"):
        if key in schema:
            inner[key] = {name: change(value) for name, value in schema[key].items()}
    return schema | inner


def _text(schema: Schema, indent: int | None = 1) -> bytes:
    return f"{json.dumps(schema, indent=indent, ensure_ascii=False)}\n".encode()


if __name__ == "__main__":
    for file, content in generate().items():
        (shipped.folder("schema") / file).write_bytes(content)
