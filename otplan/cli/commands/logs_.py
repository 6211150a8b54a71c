"""`otplan logs`: show what a stage printed."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import manifest_option
from otplan.operations.logs import follow, newest_logs

EXAMPLES = """\
otplan logs training.sft
otplan logs -f 'sft[order=3]'
"""


@click.command("logs", cls=Command, epilog=EXAMPLES)
@click.argument("selector", metavar="ADDRESS")
@manifest_option
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
@click.option("-n", "--lines", default=200, show_default=True, help="Lines from the end.")
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Show what the newest attempt of a stage printed."""
    seen = look(given, [given["selector"]])
    logs = newest_logs(seen.planned.snapshot, seen.stages)
    for log in logs:
        if len(logs) > 1:
            seen.console.out(f"==> {log.label} <==")
        for part in follow(seen.project.ground, log, given["lines"], live=given["follow"]):
            seen.console.stream(part)
