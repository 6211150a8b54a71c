"""`otplan apply`: do what a plan shows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from otplan.cli.applying import Asking, meant, outcome, shown_first
from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, permissions, variable_options
from otplan.cli.planning import policy, remember, show_notes
from otplan.cli.surroundings import project
from otplan.operations.applying import apply
from otplan.planner.policy import NO_PERMISSIONS

EXAMPLES = """\
otplan apply
otplan apply manifests/quickstart.yaml --auto-approve --wait
"""


@click.command("apply", cls=Command, epilog=EXAMPLES)
@click.argument("what", required=False, metavar="[MANIFEST|PLAN]", type=click.Path(path_type=Path))
@variable_options
@permissions
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait until all jobs ended.")
@as_json
def command(**given: Any) -> int:  # noqa: ANN401 - click hands over a mapping
    """Do what a plan shows: the one made last here, a saved one, or a manifest's."""
    console = Console.of_terminal()
    choice, saved = meant(given)
    opened = project(choice, console)
    show_notes(console, opened, quiet=given["json"])
    allowed = policy(opened.graph, given, saved.policy if saved else NO_PERMISSIONS)
    keep = partial(remember, opened, choice=choice, allowed=allowed)
    asking = Asking(console, given["auto_approve"], given["json"], keep)
    applied = apply(opened, allowed, shown_first(asking, opened, allowed, saved))
    remember(opened, applied.plan, choice, allowed, applied=True)
    return outcome(console, opened, applied, given)
