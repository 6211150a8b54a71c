"""`otplan results`: show what was made."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_argument
from otplan.operations.asking import results
from otplan.views import results as view

EXAMPLES = """\
otplan results
otplan results --json
"""


@click.command("results", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Show what was made: datasets, models, and evals with their metrics."""
    seen = look(given, ())
    made = results(seen.project.ground, seen.project.graph, seen.planned.snapshot)
    seen.console.out(view.json(made) if given["json"] else view.text(made, seen.console.style))
