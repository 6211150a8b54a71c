"""`otplan catalog`: the project's own tables on Supabase."""

from __future__ import annotations

import os
from typing import Any

import click

from otplan.catalogs.by_hand import KINDS, told, words
from otplan.catalogs.table import CATALOGS
from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.cli.surroundings import config_folder
from otplan.errors import Usage
from otplan.load import own
from otplan.load.suggest import mend
from otplan.operations.adding import add, of_run
from otplan.operations.migrating import compare_catalog, lay_out_catalog
from otplan.views import answer
from otplan.views.catalog import compared, recorded

FINDINGS = 1

ADD = """\
otplan catalog add dataset my-org/traces location=my-org/traces cluster=mine type=SFT
otplan catalog add model my-org/sft base_model=Qwen/Qwen3-8B datasets=my-org/traces --dry-run
otplan catalog add model my-org/sft --wandb my-team/sft/x1y2z3 location=my-org/sft cluster=mine
"""


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


@command.command("add", cls=Command, epilog=ADD)
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@click.argument("said", nargs=-1, metavar="[WORD=VALUE]...")
@click.option("--wandb", metavar="RUN", help="Take times and link of entity/project/run-id.")
@click.option("--dry-run", is_flag=True, help="Only show the row, and whether it could be added.")
@as_json
def added(kind: str, name: str, said: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401
    """Record a dataset, model or eval that exists and has no row.

    What the table asks for and nobody says is taken from catalog.yaml in your config folder.
    A row that is there is never written.
    """
    dry_run: bool = given["dry_run"]
    ran = of_run(given["wandb"]) if given["wandb"] else {}
    row = told(kind, name, {**ran, **_said(kind, said)}, own.catalog(str(config_folder())))
    add(row, CATALOGS["supabase"](""), dry=dry_run)
    document = answer.json(
        table=row.key.table, name=row.key.name, values=dict(row.values), added=not dry_run
    )
    Console.of_terminal().answer(recorded(row, dry=dry_run), document, json=given["json"])


def _said(kind: str, said: tuple[str, ...]) -> dict[str, str]:
    """Return words and their values; raise Usage for a word that no row of the kind has."""
    known, found = words(kind), {}
    for one in said:
        word, equals, value = one.partition("=")
        if not equals:
            raise Usage(f"`{one}` says nothing: a word and its value are written as WORD=VALUE")
        if word not in known and not (kind == "eval" and word.startswith("metrics.")):
            help_ = mend(word, known, "words of a row")
            raise Usage(f"No row of this kind has a word `{word}`", help_)
        found[word] = value
    return found
