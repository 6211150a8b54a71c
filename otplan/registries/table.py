"""The registries by the name that a manifest gives them; each is imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from otplan.registries.protocol import Registry


def _sqlite(place: str) -> Registry:
    from otplan.registries.sqlite import SqliteRegistry

    return SqliteRegistry(place)


def _supabase(place: str) -> Registry:
    from otplan.registries.supabase import of_environment

    return of_environment(place, os.environ)


REGISTRIES: Mapping[str, Callable[[str], Registry]] = {
    "sqlite": _sqlite,
    "supabase": _supabase,
}
"""Each row makes a registry from its place: the path of its file, or its URL.

Empty is what the environment says; so is the key.
"""


def named(place: str) -> str:
    """Return which of them is at a place."""
    return "supabase" if place.startswith(("https://", "http://")) else "sqlite"
