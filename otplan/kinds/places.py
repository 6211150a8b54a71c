"""Where a component of a fingerprint, or a leaf behind a job, was written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from otplan.core.resource import Resource
from otplan.errors import Place
from otplan.kinds.config import named

_INPUT = "input."
_PREFIX = r"(?P<prefix>(?:(?:generate|trace)\.(?:join\.)?)?)"
_CONFIG = re.compile(rf"{_PREFIX}config\.(?P<rest>.+)", re.DOTALL)
_FILES = re.compile(rf"{_PREFIX}files\.(?P<rest>.+)", re.DOTALL)


def where(resource: Resource, component: str) -> Place:
    """Return the place of a component: of its override, its line in the config file, its field.

    `input.<NAME>` is where the reference that feeds it stands. What has no place of its own is
    where the nearest thing around it was written.
    """
    if component.startswith(_INPUT):
        return _input(resource, component.removeprefix(_INPUT))
    path = re.sub(r"\\(.)", r"\1", component)
    if match := _CONFIG.fullmatch(path):
        return _config(resource, match["prefix"], match["rest"])
    if match := _FILES.fullmatch(path):
        return _file(resource, f"{match['prefix']}files", match["rest"])
    return resource.where(path)


def _input(resource: Resource, name: str) -> Place:
    paths = (reference.path for reference in resource.references if reference.inside == name)
    return resource.where(next(paths, ""))


def _config(resource: Resource, prefix: str, leaf: str) -> Place:
    for path in (f"{prefix}overrides.{leaf}", f"{prefix}config.{leaf}"):
        if path in resource.places:
            return resource.places[path]
    file = named(resource, resource.get(f"{prefix}config", ""), parsed=True)
    line = _nearest(file.places, leaf) if file else None
    return line or resource.where(f"{prefix}config")


def _file(resource: Resource, field: str, path: str) -> Place:
    listed: list[str] = resource.get(field, [])
    return resource.where(f"{field}.{listed.index(path)}" if path in listed else field)


def _nearest(places: Mapping[str, Place], path: str) -> Place | None:
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path)
