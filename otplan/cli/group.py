"""The commands, by name; each is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from otplan import __version__

COMMANDS = {
    "init": "Write a first manifest to start from.",
    "lint": "Check manifests; needs nothing but their files.",
    "plan": "Show what would be done, and why.",
    "apply": "Do what a plan shows.",
    "continue": "Submit what the newest approval still lacks.",
    "status": "Show where every stage stands.",
    "why": "Explain the state of one stage.",
    "logs": "Show what a stage printed.",
    "results": "Show what was made: datasets, models, evals.",
    "render": "Show the script of a stage.",
    "cancel": "Cancel jobs.",
    "retry": "Allow one more attempt at what failed.",
    "adopt": "Record as done what exists already.",
    "forget": "Let the record of a stage no longer count.",
    "history": "Show what happened in a workspace.",
    "sync": "Note what ended, and write the catalog.",
    "update": "Move pinned revisions to what their names mean now.",
    "graph": "Draw the stages and who reads whom.",
    "presets": "Show the settings that have a name.",
    "cluster": "Show the clusters that are known.",
    "registry": "Look after what otplan recorded.",
    "catalog": "Look after the project's own tables.",
    "unlock": "Take away the sign that somebody is applying.",
    "schema": "Print the schema of manifests, for editors.",
}
"""What there is, in the order in which a new user needs it."""


class Commands(click.Group):
    """A group that knows its commands' names and reads their modules late."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"otplan.cli.commands.{cmd_name}_")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Guess what a misspelt command was meant to be."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _unknown(name: str) -> str:
    """Say that there is no such command, and which comes close."""
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    return f"there is no command `{name}`" + (f"; did you mean `{close[0]}`?" if close else "")


@click.group(
    cls=Commands,
    epilog="otplan init, otplan plan manifest.yaml, otplan apply: in this order.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", message="otplan %(version)s")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours."
)
@click.pass_context
def otplan(ctx: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click hands over a mapping
    """Declare datasets, trainings and evals; see what would run and why; run exactly that."""
    ctx.obj = given
