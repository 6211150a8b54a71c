"""Look whether Supabase has the tables of registry and catalog, and lay out what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from otplan import shipped
from otplan.core.told import Compared
from otplan.errors import Usage
from otplan.registries.supabase import of_environment
from otplan.registries.supabase_steps import missing
from otplan.shell import psql
from otplan.shell.keys import DATABASE, settings
from otplan.shell.table import connect


def lacking(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the steps of the registry that the environment's Supabase lacks."""
    return missing(of_environment("", environment).calls)


def lay_out(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Apply the steps that it lacks, and return them; raise Usage without the database's URL."""
    database = _database(environment, "registry")
    steps = lacking(environment)
    psql.apply(database, steps, connect("here"))
    return steps


def compare_catalog(environment: Mapping[str, str]) -> Compared:
    """Look at the tables in the database itself; raise Usage without its URL."""
    database = _database(environment, "catalog")
    said = [
        line.partition("|")[::2]
        for line in psql.ask(database, _catalog() / "check.sql", connect("here"))
    ]
    return Compared(
        needed=tuple(what for kind, what in said if kind == "needed"),
        differs=tuple(what for kind, what in said if kind == "differs"),
    )


def lay_out_catalog(environment: Mapping[str, str], *, alter: bool) -> tuple[Path, ...]:
    """Make the tables that are missing, and return the steps that were taken.

    Tables that were there before are altered only with `alter`; where there was none, all is laid
    out. Raise Usage without the database's URL.
    """
    found = compare_catalog(environment)
    making, *altering = sorted(_catalog().glob("[0-9]*.sql"))
    made = tuple(what for what in found.needed if what.startswith("table "))
    untouched = len(made) == _TABLES
    steps = [making] if made else []
    if (alter and (found.needed or found.differs)) or untouched:
        steps += altering
    psql.apply(_database(environment, "catalog"), steps, connect("here"))
    return tuple(steps)


_TABLES = 9
"""How many tables a catalog has: where all are missing, there was nobody's before."""


_WITHOUT = {
    "registry": "see what to paste into its SQL editor with\notplan registry check",
    "catalog": "paste the files of schema/supabase/catalog into its SQL editor.",
}
"""What to do without that URL."""


def _catalog() -> Path:
    return shipped.folder("schema") / "supabase" / "catalog"


def _database(environment: Mapping[str, str], what: str) -> str:
    """Return the database's URL; raise Usage without."""
    database = settings(environment).get(DATABASE)
    if not database:
        raise Usage(
            f"{DATABASE} is not set: the tables are laid out in the database itself",
            "Set it to the URL that the settings of Supabase show, with its password; or "
            + _WITHOUT[what],
        )
    return database
