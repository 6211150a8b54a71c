"""`otplan catalog`: the project's own tables on Supabase."""

from __future__ import annotations

import os

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.operations.migrating import compare_catalog, lay_out_catalog
from otplan.views import answer
from otplan.views.catalog import compared

FINDINGS = 1


@click.group("catalog")
def command() -> None:
    """Look after the project's own tables: datasets, models, evals."""


@command.command("check", cls=Command, epilog="otplan catalog check\n")
@as_json
def checked(*, json: bool) -> int:
    """Compare the database of SUPABASE_DB_URL with the tables that otplan writes."""
    found = compare_catalog(os.environ)
    document = answer.json(needed=list(found.needed), differs=list(found.differs))
    Console.of_terminal().answer(compared(found), document, json=json)
    return FINDINGS if found.needed else 0


@command.command("migrate", cls=Command, epilog="otplan catalog migrate\n")
@click.option("--alter", is_flag=True, help="Also alter tables that were there before.")
@as_json
def migrated(*, alter: bool, json: bool) -> None:
    """Make the tables that are missing there, through psql; others only with --alter."""
    steps = [str(path) for path in lay_out_catalog(os.environ, alter=alter)]
    told = [f"applied {path}" for path in steps] or ["nothing was missing"]
    Console.of_terminal().answer(told, answer.json(applied=list(steps)), json=json)
