"""`otplan status`: show where every stage stands."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_option, selectors
from otplan.cli.watching import watch
from otplan.errors import Usage
from otplan.operations.asking import status
from otplan.views import status as view

EXAMPLES = """\
otplan status
otplan status state:failed
otplan status --watch
"""


@click.command("status", cls=Command, epilog=EXAMPLES)
@selectors
@manifest_option
@click.option(
    "--watch", is_flag=True, help="Show it again each minute, until nothing is under way."
)
@click.option("--offline", is_flag=True, help="Use what was last recorded; ask nothing.")
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Show where every stage stands."""
    if given["watch"]:
        if given["offline"] or given["json"]:
            raise Usage(
                "`--watch` shows a live table of what is asked now", "otplan status --watch"
            )
        watch(given)
        return
    seen = look(given, given["selector"], offline=given["offline"])
    chosen = {stage.fingerprint for stage in seen.stages}
    rows = status(seen.project.graph, seen.planned, chosen)
    now = seen.project.ground.now
    seen.console.out(
        view.json(rows) if given["json"] else view.text(rows, seen.console.style, now=now)
    )
