"""`otplan init`: write a first manifest to start from."""

from __future__ import annotations

from pathlib import Path

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.operations.starting import start
from otplan.views import answer

EXAMPLES = """\
otplan init
otplan init experiments
"""


@click.command("init", cls=Command, epilog=EXAMPLES)
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@as_json
def command(folder: Path, *, json: bool) -> None:
    """Write a small manifest with its scripts, ready to plan and apply."""
    console = Console.of_terminal()
    written = [str(path) for path in start(folder)]
    lines = [f"wrote {path}" for path in written]
    lines += ["", f"  otplan plan {folder / 'manifest.yaml'}"]
    console.answer(lines, answer.json(written=written), json=json)
