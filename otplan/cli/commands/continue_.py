"""`otplan continue`: submit what the newest approval still lacks."""

from __future__ import annotations

from pathlib import Path

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.cli.standing import approved_ground
from otplan.operations.continuing import go_on
from otplan.views import report as view

PARTLY = 6


EXAMPLES = """\
otplan continue
otplan continue quickstart --state .otplan/registry.db
"""


@click.command("continue", cls=Command, epilog=EXAMPLES)
@click.argument("workspace", required=False)
@click.option("--state", type=click.Path(path_type=Path), help="The registry file.")
@as_json
def command(workspace: str | None, state: Path | None, *, json: bool) -> int:
    """Submit what the newest approval still lacks, and sync; reads no manifest."""
    console = Console.of_terminal()
    report = go_on(approved_ground(console, workspace, state))
    told = view.text(report, console.style, then="otplan status")
    console.out(view.json(report) if json else told)
    return PARTLY if report.partial else 0
