"""`otplan sync`: note what ended, and write the catalog."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.operations.publishing import publish
from otplan.operations.sync import sync
from otplan.views import answer
from otplan.views import report as view

EXAMPLES = """\
otplan sync
otplan sync --publish
"""

PARTLY, INTERRUPTED = 6, 130


@click.command("sync", cls=Command, epilog=EXAMPLES)
@manifest_argument
@click.option(
    "--publish",
    is_flag=True,
    help="Also run, here and now, what only a login node may: moving to and from the Hub and W&B.",
)
@as_json
def command(**given: Any) -> int:  # noqa: ANN401 - click hands over a mapping
    """Note what ended, what it made and what W&B says of it, and write the catalog's rows."""
    if given["publish"]:
        return _published(given)
    seen = look(given, ())
    facts, rows = sync(seen.project.ground, seen.project.graph, seen.planned.snapshot)
    told = view.synced(facts, rows, seen.console.style)
    document = answer.json(noted=facts, rows=rows)
    seen.console.answer([told], document, json=given["json"])
    return PARTLY if any(row.event.failed for row in rows) else 0


def _published(given: dict[str, Any]) -> int:
    """Run what waits for a login node, and tell what came of it."""
    console = Console.of_terminal()
    report = publish(project(choice(given), console).ground)
    console.out(
        view.json(report)
        if given["json"]
        else view.text(report, console.style, then="otplan status")
    )
    if report.interrupted:
        return INTERRUPTED
    return PARTLY if report.partial else 0
