"""`otplan lint`: check manifests; needs nothing but their files."""

from __future__ import annotations

from collections.abc import Sequence

import click

from otplan.cli.command import Command
from otplan.cli.console import Console
from otplan.cli.finding import sources
from otplan.cli.options import variable_options
from otplan.cli.surroundings import Choice, asked
from otplan.errors import Diagnostic, Severity
from otplan.operations.project import lint
from otplan.shell.table import connect
from otplan.views import diagnostics as view

INVALID = 3


EXAMPLES = """\
otplan lint manifests/*.yaml
otplan lint --format github manifests/quickstart.yaml
"""


@click.command("lint", cls=Command, epilog=EXAMPLES)
@click.argument("manifests", nargs=-1, metavar="[MANIFEST]...")
@variable_options
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text")
def command(
    manifests: Sequence[str], variables: Sequence[str], variable_files: Sequence[str], form: str
) -> int:
    """Check manifests: all that is wrong, in one run, with lines and what to do."""
    found: list[Diagnostic] = []
    for path in manifests or (None,):
        choice = Choice(path, variables, variable_files)
        found += lint(asked(choice), connect("here")).diagnostics
    console = Console.of_terminal()
    console.out(_drawn(console, found, form))
    return INVALID if any(each.severity is Severity.ERROR for each in found) else 0


def _drawn(console: Console, found: Sequence[Diagnostic], form: str) -> str:
    """Return the findings in the form that was asked for."""
    if form == "json":
        return view.json(found)
    if form == "github":
        return view.github(found)
    return view.text(found, console.style, sources(found))
