"""The catalogs by the name of the registry they come with; imported when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from otplan.catalogs.protocol import Catalog


def _sqlite(place: str) -> Catalog:
    from otplan.catalogs.sqlite import SqliteCatalog

    return SqliteCatalog(place)


def _supabase(place: str) -> Catalog:
    from otplan.catalogs.supabase import SupabaseCatalog
    from otplan.shell.keys import session
    from otplan.shell.postgrest import Service

    return SupabaseCatalog(Service("catalog", session(os.environ, place)))


CATALOGS: Mapping[str, Callable[[str], Catalog]] = {
    "sqlite": _sqlite,
    "supabase": _supabase,
}
"""Each row makes a catalog from the place of its registry: the file it is beside, or its URL."""
