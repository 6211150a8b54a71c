"""`otplan unlock`: take away the sign that somebody is applying."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.views import answer

EXAMPLES = """\
otplan unlock
"""


@click.command("unlock", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Take away the sign that somebody is applying. Nothing is ever run twice for it."""
    console = Console.of_terminal()
    ground = project(choice(given), console, offline=True).ground
    holder = ground.registry.read(ground.workspace).holder
    ground.registry.free(ground.workspace)
    who = f"{holder.user}@{holder.host}" if holder else None
    told = f"{who} held it" if who else "nobody held it"
    console.answer([told], answer.json(held_by=who), json=given["json"])
