"""`otplan forget`: let the record of a stage no longer count."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_option
from otplan.operations.deciding import forget
from otplan.views import answer

EXAMPLES = """\
otplan forget eval.bits
otplan forget 'kind:eval'
"""


@click.command("forget", cls=Command, epilog=EXAMPLES)
@click.argument("selector", nargs=-1, required=True, metavar="SELECTOR...")
@manifest_option
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Let the record of these stages no longer count. What they made stays where it is."""
    seen = look(given, given["selector"])
    forgotten = forget(seen.project.ground, seen.planned.snapshot, seen.stages)
    labels = [stage.label for stage in forgotten]
    lines = [f"{label} is forgotten; its files are untouched" for label in labels]
    seen.console.answer(lines, answer.json(forgotten=labels), json=given["json"])
