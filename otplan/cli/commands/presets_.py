"""`otplan presets`: show the settings that have a name."""

from __future__ import annotations

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.core.resource import NamedFile
from otplan.errors import OtplanError
from otplan.load import presets as tables
from otplan.load import suggest
from otplan.views import presets as view

LIST_EXAMPLES = """\
otplan presets list
otplan presets list llamafactory --json
"""

SHOW_EXAMPLES = """\
otplan presets show qwen3/32k_base
otplan presets show qwen3/32k_base > base.yaml
"""


@click.group("presets")
def command() -> None:
    """Show the settings that have a name, to be used where a manifest names a file of them."""


@command.command("list", cls=Command, epilog=LIST_EXAMPLES)
@click.argument("family", required=False)
@as_json
def listed(family: str | None, *, json: bool) -> None:
    """List the presets, of one family or of all."""
    if family is not None and family not in tables.families():
        known = suggest.mend(family, tables.families(), "families")
        raise OtplanError(f"There is no family `{family}` of presets.", known)
    found = [pair for pair in _all() if family in (None, pair[0])]
    console = Console.of_terminal()
    console.out(view.json(found) if json else view.text(found, console.style))


@command.command("show", cls=Command, epilog=SHOW_EXAMPLES)
@click.argument("name")
@as_json
def show(name: str, *, json: bool) -> None:
    """Show what a preset says, as YAML that can be copied into a file."""
    found = [pair for pair in _all() if pair[1].path == name]
    if not found:
        known = suggest.mend(name, [file.path for _, file in _all()], "presets")
        raise OtplanError(f"There is no preset `{name}`.", known)
    Console.of_terminal().out(view.json(found) if json else view.whole(found))


def _all() -> list[tuple[str, NamedFile]]:
    """Return every family's presets, each with its family."""
    return [
        (family, tables.preset(family, name))
        for family in tables.families()
        for name in tables.family(family)
    ]
