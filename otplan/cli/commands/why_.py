"""`otplan why`: explain the state of one stage."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_option
from otplan.operations.explaining import explain
from otplan.views import why as view

EXAMPLES = """\
otplan why training.sft
otplan why 'sft[order=3]/train'
"""


@click.command("why", cls=Command, epilog=EXAMPLES)
@click.argument("selector", metavar="ADDRESS")
@manifest_option
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Explain a stage: its state, what led there, its attempts, the end of its log."""
    seen = look(given, [given["selector"]])
    ground, graph, style = seen.project.ground, seen.project.graph, seen.console.style
    told = [explain(ground, graph, seen.planned, stage) for stage in seen.stages]
    if given["json"]:
        seen.console.out(view.json(told))
    else:
        seen.console.out("\n".join(view.text(each, style, now=ground.now) for each in told))
