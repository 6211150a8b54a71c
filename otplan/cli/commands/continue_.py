"""`otplan continue`: submit what the newest approval still lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.cli.standing import approved, approved_ground
from otplan.cli.surroundings import last_plan
from otplan.operations.continuing import go_on
from otplan.registries.table import named
from otplan.views import report as view
from otplan.views import schedules

PARTLY = 6


EXAMPLES = """\
otplan continue
otplan continue quickstart --state .otplan/registry.db
otplan continue --schedule cron
"""


@click.command("continue", cls=Command, epilog=EXAMPLES)
@click.argument("workspace", required=False)
@click.option("--state", help="The registry: its file, or the URL of a Supabase.")
@click.option(
    "--schedule",
    type=click.Choice(schedules.WAYS),
    help="Only print the line that lets it run every quarter of an hour.",
)
@as_json
def command(workspace: str | None, state: str | None, schedule: str | None, *, json: bool) -> int:
    """Submit what the newest approval still lacks, and sync; reads no manifest."""
    console = Console.of_terminal()
    workspace, state = approved(workspace, state)
    if schedule:
        registry, folder = _standing(state)
        again = ("continue", workspace, "--state", registry)
        argv = (sys.executable, "-m", "otplan", *again)
        console.out(schedules.text(schedule, argv, f"{folder}/continue.log"))
        return 0
    report = go_on(approved_ground(console, workspace, state))
    told = view.text(report, console.style, then="otplan status")
    console.out(view.json(report) if json else told)
    return PARTLY if report.partial else 0


def _standing(state: str) -> tuple[str, Path]:
    """Return a registry as it is named from anywhere, and the folder of what goes with it."""
    if named(state) == "supabase":
        return state, last_plan().parent
    path = Path(state).resolve()
    return str(path), path.parent
