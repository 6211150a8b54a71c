"""The steps that lay out the tables of the registry on Supabase, and which it still lacks."""

from __future__ import annotations

from pathlib import Path

from otplan import shipped
from otplan.errors import Refused
from otplan.registries.supabase_calls import Calls


def missing(calls: Calls) -> tuple[Path, ...]:
    """Return the files that were not applied yet, in their order."""
    try:
        applied = calls.ask("otplan_applied", {}, frozenset[int])
    except Refused as refusal:
        if refusal.kind != "invalid":
            raise
        applied = frozenset()
    files = sorted((shipped.folder("schema") / "supabase").glob("*.sql"))
    return tuple(file for file in files if int(file.name.partition("_")[0]) not in applied)
