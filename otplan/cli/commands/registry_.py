"""`otplan registry`: what otplan recorded, as a whole."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.operations.copying import copy, registry_at
from otplan.operations.migrating import lacking, lay_out
from otplan.operations.rebuild import rebuild
from otplan.shell.keys import DATABASE
from otplan.views import answer

EXAMPLES = """\
otplan registry rebuild
"""

COPY = """\
otplan registry copy --to supabase --dry-run
otplan registry copy --from .otplan/registry.db --to supabase
"""

FINDINGS = 1

MEND = [
    "",
    f"Paste that into the SQL editor of Supabase; or, with the database's URL in {DATABASE}:",
    "",
    "  otplan registry migrate",
]


@click.group("registry")
def command() -> None:
    """Look after what otplan recorded."""


@command.command("rebuild", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def rebuilt(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Make a lost registry anew from what lies in the run folders.

    What runs or queues is found again by its name. What was adopted or retried is not.
    """
    console = Console.of_terminal()
    opened = project(choice(given), console)
    found = rebuild(opened.ground, opened.graph.resolved.workspace.manifest)
    told = [
        f"{found.attempts} attempts were put back into {opened.ground.registry.place}",
        f"{found.jobs} of all there are began as a job",
        *(f"{path} cannot be read" for path in found.unread),
    ]
    document = answer.json(attempts=found.attempts, jobs=found.jobs, unread=list(found.unread))
    console.answer(told, document, json=given["json"])


@command.command("copy", cls=Command, epilog=COPY)
@manifest_argument
@click.option("--from", "source", metavar="PLACE", help="Another registry than the manifest's.")
@click.option(
    "--to", "target", metavar="PLACE", required=True, help="A file, a URL, or `supabase`."
)
@click.option("--dry-run", is_flag=True, help="Only compare, and say what would be copied.")
@as_json
def copied(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Copy all that is recorded of a workspace to another registry, and compare every row.

    Both keep it: name the new one in the manifest, and apply no more with the old one.
    """
    console = Console.of_terminal()
    ground = project(choice(given), console).ground
    if given["source"]:
        ground = replace(ground, registry=registry_at(given["source"]))
    target = registry_at(given["target"])
    done = copy(ground, target, dry=given["dry_run"])
    verb = "would be" if given["dry_run"] else "were"
    rows = f"{done.approvals} approvals, {done.attempts} attempts and {done.facts} facts"
    told = [f"{rows} {verb} copied from {ground.registry.place} to {target.place}"]
    if not given["dry_run"]:
        told.append("every row was compared, and is the same in both")
    document = answer.json(copied=done, dry_run=given["dry_run"])
    console.answer(told, document, json=given["json"])


@command.command("check", cls=Command, epilog="otplan registry check\n")
@as_json
def checked(*, json: bool) -> int:
    """Look whether the Supabase of SUPABASE_URL has the tables that otplan needs."""
    steps = [str(path) for path in lacking(os.environ)]
    told = [f"not applied: {path}" for path in steps] + MEND if steps else ["nothing is missing"]
    Console.of_terminal().answer(told, answer.json(missing=list(steps)), json=json)
    return FINDINGS if steps else 0


@command.command("migrate", cls=Command, epilog="otplan registry migrate\n")
@as_json
def migrated(*, json: bool) -> None:
    """Lay out the tables that are missing there, through psql and SUPABASE_DB_URL."""
    steps = [str(path) for path in lay_out(os.environ)]
    told = [f"applied {path}" for path in steps] or ["nothing was missing"]
    Console.of_terminal().answer(told, answer.json(applied=list(steps)), json=json)
