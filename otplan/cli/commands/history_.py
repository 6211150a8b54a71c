"""`otplan history`: show what happened in a workspace."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.operations.history import history
from otplan.views import history as view

EXAMPLES = """\
otplan history
otplan history --json
"""


@click.command("history", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Show what happened: intents, jobs, how they ended, what people decided."""
    console = Console.of_terminal()
    ground = project(choice(given), console, offline=True).ground
    rows = history(ground.registry.read(ground.workspace))
    console.out(
        view.json(rows) if given["json"] else view.text(rows, console.style, now=ground.now)
    )
