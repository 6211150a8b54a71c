"""The registries by the name that a manifest gives them; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otplan.registries.protocol import Registry


def _sqlite(place: str) -> Registry:
    from otplan.registries.sqlite import SqliteRegistry

    return SqliteRegistry(place)


REGISTRIES: Mapping[str, Callable[[str], Registry]] = {
    "sqlite": _sqlite,
}
"""Each row makes a registry from its place, which for `sqlite` is the path of its file."""
