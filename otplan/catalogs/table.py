"""The catalogs by the name of the registry they come with; imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otplan.catalogs.protocol import Catalog


def _sqlite(place: str) -> Catalog:
    from otplan.catalogs.sqlite import SqliteCatalog

    return SqliteCatalog(place)


CATALOGS: Mapping[str, Callable[[str], Catalog]] = {
    "sqlite": _sqlite,
}
"""Each row makes a catalog from the place of its registry, beside which it is."""
