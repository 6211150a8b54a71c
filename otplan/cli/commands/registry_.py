"""`otplan registry`: what otplan recorded, as a whole."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.operations.rebuild import rebuild
from otplan.views import answer

EXAMPLES = """\
otplan registry rebuild
"""


@click.group("registry")
def command() -> None:
    """Look after what otplan recorded."""


@command.command("rebuild", cls=Command, epilog=EXAMPLES)
@manifest_argument
@as_json
def rebuilt(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Make a lost registry anew from what lies in the run folders.

    What runs or queues is found again by its name. What was adopted or retried is not.
    """
    console = Console.of_terminal()
    opened = project(choice(given), console)
    found = rebuild(opened.ground, opened.graph.resolved.workspace.manifest)
    told = [
        f"{found.attempts} attempts were put back into {opened.ground.registry.place}",
        f"{found.jobs} of all there are began as a job",
        *(f"{path} cannot be read" for path in found.unread),
    ]
    document = answer.json(attempts=found.attempts, jobs=found.jobs, unread=list(found.unread))
    console.answer(told, document, json=given["json"])
