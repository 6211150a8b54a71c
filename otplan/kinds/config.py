"""The configuration of a program: a named file's values with the overrides laid over them."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core.resource import NamedFile, Resource
from otplan.core.values import Value


def config(resource: Resource, prefix: str = "") -> Mapping[str, Value] | None:
    """Return what the program at a prefix is configured with; None where nothing is declared."""
    path, over = resource.get(f"{prefix}config"), resource.get(f"{prefix}overrides", {})
    if path is None and not over:
        return None
    return layered(resource, f"{prefix}config", f"{prefix}overrides")


def layered(resource: Resource, field: str, overrides: str) -> Mapping[str, Value]:
    """Return the values of the file that one field names, with those of another laid over them."""
    path, over = resource.get(field), resource.get(overrides, {})
    file = None if path is None else named(resource, path, parsed=True)
    below = file.values if file else {}
    return merge(below, over) if isinstance(below, Mapping) else over


def merge(below: Mapping[str, Value], above: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return `below` with `above` laid over it: mappings merge, all else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[key] = merge(under, value)
        else:
            merged[key] = value
    return merged


def named(resource: Resource, path: str, *, parsed: bool) -> NamedFile | None:
    """Return the file that a field names by this path; None where it could not be read."""
    files = (file for file in resource.files.values() if file.path == path)
    return next((file for file in files if (file.values is not None) is parsed), None)
