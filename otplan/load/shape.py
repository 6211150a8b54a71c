"""A shape: what one schema says may stand somewhere, ready to be checked ten thousand times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from otplan.core.values import Value

CLASSES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}

KEYWORDS: Final = frozenset(
    (
        *("type", "enum", "pattern", "minimum", "maximum", "minLength", "default"),
        *("items", "minItems", "uniqueItems"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
        *("x-otplan-affects", "x-otplan-reference", "x-otplan-open"),
        *("x-otplan-file", "x-otplan-preset", "x-otplan-pin"),
    )
)
"""The part of draft-07 that the section files use; a test keeps them within it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A flat schema as a value.

    `classes` are the Python classes that may stand here, all if empty. `fields` are the known
    keys of a mapping and `rest` the shape of others; a `closed` one has no others, except those
    that match `free`. `references` are the kinds a name may be of, any text if `open`.
    `preset` is the family of those whose name may stand in a file's place.
    """

    types: tuple[str, ...] = ()
    classes: frozenset[type] = frozenset()
    enum: tuple[Value, ...] = ()
    pattern: re.Pattern[str] | None = None
    least: float | None = None
    most: float | None = None
    shortest: int = 0
    fewest: int = 0
    unique: bool = False
    items: Shape | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None
    closed: bool = False
    free: re.Pattern[str] | None = None
    names: re.Pattern[str] | None = None
    required: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    open: bool = False
    file: str = ""
    preset: str = ""
    pin: str = ""


def shape(schema: Mapping[str, Any]) -> Shape:
    """Return the shape of a flat draft-07 schema that uses no more than KEYWORDS."""
    types = _list(schema.get("type", ()))
    rest = schema.get("additionalProperties")
    return Shape(
        types=types,
        classes=frozenset(kind for name in types for kind in CLASSES[name]),
        enum=tuple(schema.get("enum", ())),
        pattern=_pattern(schema.get("pattern")),
        least=schema.get("minimum"),
        most=schema.get("maximum"),
        shortest=schema.get("minLength", 0),
        fewest=schema.get("minItems", 0),
        unique=schema.get("uniqueItems", False),
        items=shape(schema["items"]) if "items" in schema else None,
        fields={key: shape(inner) for key, inner in schema.get("properties", {}).items()},
        rest=shape(rest) if isinstance(rest, dict) else None,
        closed=rest is False,
        free=_pattern("|".join(schema.get("patternProperties", ())) or None),
        names=_pattern(schema.get("propertyNames", {}).get("pattern")),
        required=tuple(schema.get("required", ())),
        references=_list(schema.get("x-otplan-reference", ())),
        open=schema.get("x-otplan-open", False),
        file=schema.get("x-otplan-file", ""),
        preset=schema.get("x-otplan-preset", ""),
        pin=schema.get("x-otplan-pin", ""),
    )


def marked(whole: Shape, mark: str, *steps: str) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Yield (steps, shape) for every field below where `mark`, an attribute, is set."""
    if getattr(whole, mark):
        yield steps, whole
    for key, inner in whole.fields.items():
        yield from marked(inner, mark, *steps, key)
    if whole.rest:
        yield from marked(whole.rest, mark, *steps, "*")


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _list(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    return (value,) if isinstance(value, str) else tuple(value)
