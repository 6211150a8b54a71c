"""`otplan graph`: draw the stages and who reads whom."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_argument
from otplan.cli.surroundings import project
from otplan.views import answer, dot, mermaid, tree
from otplan.views.graph import nodes

EXAMPLES = """\
otplan graph manifests/quickstart.yaml
otplan graph --format mermaid
"""


@click.command("graph", cls=Command, epilog=EXAMPLES)
@manifest_argument
@click.option("--format", "form", type=click.Choice(["text", "dot", "mermaid"]), default="text")
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Draw the stages and who reads whom."""
    console = Console.of_terminal()
    opened = project(choice(given), console, offline=True)
    drawn = nodes(opened.graph.resolved)
    if given["json"]:
        console.out(answer.json(stages=drawn))
    elif given["form"] == "dot":
        console.out(dot.dot(opened.ground.workspace, drawn))
    elif given["form"] == "mermaid":
        console.out(mermaid.mermaid(drawn))
    else:
        console.out(tree.tree(drawn, console.style))
