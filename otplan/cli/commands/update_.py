"""`otplan update`: move pinned revisions to what their names mean now."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import asked, person
from otplan.operations.pins import update
from otplan.shell.table import connect
from otplan.views import answer

EXAMPLES = """\
otplan update
otplan update --check
"""


@click.command("update", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
@click.option("--check", is_flag=True, help="Only say what would move.")
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Move the revisions in otplan.lock to what their names mean now."""
    console = Console.of_terminal()
    moved = update(asked(choice(given)), connect("here"), person(console), write=not given["check"])
    lines = [
        f"{name}\n  {old or 'not pinned'} {console.style.arrow} {new}" for name, old, new in moved
    ]
    pins = [{"name": name, "old": old, "new": new} for name, old, new in moved]
    told = lines or ["every pin is what its name means now"]
    console.answer(told, answer.json(pins=pins), json=given["json"])
