"""`otplan plan`: show what would be done, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument, permissions
from otplan.cli.planning import policy, remember, show_notes
from otplan.cli.surroundings import project
from otplan.operations.observe import Look
from otplan.operations.pins import moved
from otplan.operations.planning import make_plan
from otplan.operations.saved import save

CHANGES = 2
UNREACHABLE = 8


EXAMPLES = """\
otplan plan manifests/quickstart.yaml
otplan plan --offline --json
"""


@click.command("plan", cls=Command, epilog=EXAMPLES)
@manifest_argument
@permissions
@click.option("--offline", is_flag=True, help="Use what was last recorded; ask nothing.")
@click.option("--refresh", is_flag=True, help="Look again at what is done.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the plan in a file.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 where jobs would be touched.")
@click.option("-v", "--verbose", is_flag=True, help="Show also what is done.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@as_json
def command(**given: Any) -> int:  # noqa: ANN401 - click hands over a mapping
    """Show what would be done, and why. Nothing is changed."""
    console, meant = Console.of_terminal(), choice(given)
    opened = project(meant, console, offline=given["offline"])
    show_notes(console, opened, quiet=given["json"] or given["markdown"])
    look = Look(offline=given["offline"], refresh=given["refresh"])
    allowed = policy(opened.graph, given)
    planned = make_plan(opened.ground, opened.graph, allowed, look).plan
    if not given["offline"]:
        planned = replace(planned, notes=(*planned.notes, *moved(opened)))
    kept = remember(opened, planned, meant, allowed)
    if given["out"] is not None:
        save(given["out"], kept)
    _show(console, opened.ground.now, planned, given)
    if planned.blind:
        return UNREACHABLE
    return CHANGES if given["detailed_exitcode"] and planned.asks else 0


def _show(console: Console, now: int, planned: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
    """Print the plan in the form that was asked for."""
    if given["json"]:
        from otplan.views.plan_json import json

        console.out(json(planned))
    elif given["markdown"]:
        from otplan.views.plan_markdown import markdown

        console.out(markdown(planned))
    else:
        from otplan.views.plan import text

        then = f"otplan apply {given['out'] or ''}".rstrip()
        console.out(text(planned, console.style, verbose=given["verbose"], now=now, then=then))
