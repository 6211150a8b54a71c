"""`otplan render`: show the script of a stage."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json, choice, manifest_option
from otplan.cli.surroundings import project
from otplan.operations.rendering import render
from otplan.select.choose import choose
from otplan.shell.table import connect
from otplan.views import answer

EXAMPLES = """\
otplan render training.sft
otplan render --out /tmp/scripts
"""


@click.command("render", cls=Command, epilog=EXAMPLES)
@click.argument("selector", nargs=-1, metavar="[SELECTOR]...")
@manifest_option
@as_json
@click.option("--out", metavar="FOLDER", help="Write the files there instead of printing them.")
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Show the script that a stage's first attempt would run, as it would be submitted."""
    console = Console.of_terminal()
    opened = project(choice(given), console, offline=True)
    stages = choose(opened.graph.stages, given["selector"])
    rendered = {stage.label: dict(render(opened, stage)) for stage in stages}
    if given["out"]:
        for label, files in rendered.items():
            connect("here").write(f"{given['out']}/{label.replace('/', '.')}", files)
    texts = {
        label: {name: content.decode(errors="replace") for name, content in files.items()}
        for label, files in rendered.items()
    }
    if given["json"]:
        console.out(answer.json(stages=texts))
    elif not given["out"]:
        console.out("".join(text for files in texts.values() for text in files.values()))
