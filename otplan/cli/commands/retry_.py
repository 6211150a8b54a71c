"""`otplan retry`: allow one more attempt at what failed."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_option
from otplan.operations.deciding import retry
from otplan.views import answer

EXAMPLES = """\
otplan retry training.sft
otplan retry state:failed
"""


@click.command("retry", cls=Command, epilog=EXAMPLES)
@click.argument("selector", nargs=-1, required=True, metavar="SELECTOR...")
@manifest_option
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Allow one more attempt at what failed; the next apply makes it."""
    seen = look(given, given["selector"])
    allowed = retry(seen.project.ground, seen.planned.snapshot, seen.stages)
    labels = [stage.label for stage in allowed]
    lines = [f"{label} may be attempted once more" for label in labels]
    lines += ["", f"  otplan apply {seen.project.loaded.path}"]
    seen.console.answer(lines, answer.json(retried=labels), json=given["json"])
