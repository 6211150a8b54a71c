"""Look whether the registry on Supabase has otplan's tables, and lay out what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from otplan.errors import Usage
from otplan.registries.supabase import of_environment
from otplan.registries.supabase_steps import migrate, missing
from otplan.shell.table import connect

DATABASE = "SUPABASE_DB_URL"
"""The variable with the URL of the database itself, which only its owner has."""


def lacking(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the steps that the environment's Supabase lacks."""
    return missing(of_environment("", environment).calls)


def lay_out(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Apply the steps that it lacks, and return them; raise Usage without the database's URL."""
    if DATABASE not in environment:
        raise Usage(
            f"{DATABASE} is not set: the tables are laid out in the database itself",
            "Set it to the URL that the settings of Supabase show, with its password; or see what"
            " to paste into its SQL editor with\notplan registry check",
        )
    steps = lacking(environment)
    migrate(environment[DATABASE], steps, connect("here"))
    return steps
