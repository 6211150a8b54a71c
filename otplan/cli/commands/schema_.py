"""`otplan schema`: print the schema of manifests, for editors."""

from __future__ import annotations

import click

from otplan import shipped
from otplan.cli.command import Command

EXAMPLES = """\
otplan schema > manifest.schema.json
"""


@click.command("schema", cls=Command, epilog=EXAMPLES)
def command() -> None:
    """Print the JSON Schema of manifests, for editors and other tools."""
    path = shipped.folder("schema") / "manifest.schema.json"
    click.echo(path.read_text(encoding="utf-8"), nl=False)
