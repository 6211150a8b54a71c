"""`otplan sync`: note what ended, and write the catalog."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.asking import look
from otplan.cli.command import Command
from otplan.cli.options import as_json, manifest_argument
from otplan.operations.sync import sync
from otplan.views import answer
from otplan.views import report as view

EXAMPLES = """\
otplan sync
"""


@click.command("sync", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Note what ended and what it made, and write the catalog's rows."""
    seen = look(given, ())
    facts, rows = sync(seen.project.ground, seen.project.graph, seen.planned.snapshot)
    told = view.synced(facts, rows, seen.console.style)
    document = answer.json(noted=facts, rows=rows)
    seen.console.answer([told], document, json=given["json"])
