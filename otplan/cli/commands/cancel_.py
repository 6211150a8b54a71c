"""`otplan cancel`: cancel jobs."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_option
from otplan.core.report import Report
from otplan.operations.deciding import cancel
from otplan.views import report as view

EXAMPLES = """\
otplan cancel training.sft
otplan cancel 'sft+'
"""


@click.command("cancel", cls=Command, epilog=EXAMPLES)
@click.argument("selector", nargs=-1, required=True, metavar="SELECTOR...")
@manifest_option
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Cancel the queued and running jobs of these stages. The next apply submits them again."""
    seen = look(given, given["selector"])
    outcomes = cancel(seen.project.ground, seen.planned.snapshot, seen.stages)
    report = Report(seen.project.ground.workspace, tuple(outcomes))
    told = view.text(report, seen.console.style, then="otplan status")
    seen.console.out(view.json(report) if given["json"] else told)
