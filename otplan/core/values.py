"""The plain values that YAML and JSON can hold, and how they are written canonically."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeAlias

import msgspec

Value: TypeAlias = Any
"""str | int | float | bool | None, or a list or string-keyed mapping of them."""

Time: TypeAlias = int
"""Seconds since the epoch, by the clock of whoever noted it."""


def canonical(value: Value) -> str:
    """Return JSON that is equal for equal values: keys sorted, no spaces, 1.0 told from 1.

    What JSON cannot say (NaN, an infinity, a key that is no string) is a string with a space
    before it, which nothing else has: it is still JSON, and equal to nothing that JSON can say.
    """
    try:
        text = msgspec.json.encode(value, order="sorted").decode()
    except (TypeError, UnicodeEncodeError):
        return _exact(value)
    # To msgspec a NaN is null, as is None; few values hold either.
    return _exact(value) if "null" in text else text


def _exact(value: Value) -> str:
    """Write a value piece by piece, for those that msgspec cannot write, or not apart."""
    match value:
        case float() if not isfinite(value):
            return f' "{value}"'
        case str():
            return _string(value)
        case Mapping():
            pairs = sorted((_key(key), _exact(inner)) for key, inner in value.items())
            return f"{{{','.join(f'{key}:{inner}' for key, inner in pairs)}}}"
        case list() | tuple():
            return f"[{','.join(map(_exact, value))}]"
        case _:
            return msgspec.json.encode(value).decode()


def _key(key: object) -> str:
    """Write a key; one that is no string is told from the string that looks like it."""
    return _string(key) if isinstance(key, str) else f" {_string(_exact(key))}"


def _string(text: str) -> str:
    """Write a string; half a surrogate pair, which YAML can hold, is no text but is escaped."""
    try:
        return msgspec.json.encode(text).decode()
    except UnicodeEncodeError:
        return json.dumps(text)


def leaves(value: Value, prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Yield (dotted path, scalar or list) for every leaf; an empty mapping is a leaf."""
    if not isinstance(value, Mapping) or not value:
        yield prefix, value
        return
    for key, inner in value.items():
        yield from leaves(inner, f"{prefix}.{key}" if prefix else str(key))
