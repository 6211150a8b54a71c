"""`otplan adopt`: record as done what exists already."""

from __future__ import annotations

from typing import Any

import click

from otplan.cli.adopting import adopt_manifest, adopt_stages
from otplan.cli.command import Command
from otplan.cli.options import as_json, variable_options
from otplan.errors import Usage

EXAMPLES = """\
otplan adopt training.sft
otplan adopt --manifest manifests/renamed.yaml
"""


@click.command("adopt", cls=Command, epilog=EXAMPLES)
@click.argument("selector", nargs=-1, metavar="[SELECTOR]...")
@variable_options
@click.option("-m", "--manifest", metavar="FILE", help="The manifest; alone: make it the owner.")
@click.option("--output", metavar="FOLDER", help="What to adopt, for a single stage.")
@as_json
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Record as done what exists already; or, with only --manifest, move the workspace to it."""
    if given["selector"]:
        adopt_stages(given)
    elif given["manifest"]:
        adopt_manifest(given)
    else:
        raise Usage("say what to adopt", "    otplan adopt SELECTOR")
