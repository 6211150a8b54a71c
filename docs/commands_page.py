"""The reference of the commands, made from their own help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from otplan.cli.group import COMMANDS, otplan

PAGE = "commands.md"

_HEAD = """# Commands

Made from the commands' own help by `./dev docs`; do not edit.

Every command reads the manifest that is named.
Without a name it is the one planned last in this folder, else the only one there is.
`--color auto|always|never` stands before the command; `NO_COLOR` and `FORCE_COLOR` are heard.

| code | a command ends with it when |
|---|---|
| 0 | all is done |
| 1 | something is wrong that has no code of its own |
| 2 | `plan --detailed-exitcode` found changes |
| 3 | the manifest is invalid |
| 4 | somebody else is applying |
| 5 | the world moved since the plan |
| 6 | applied in part, or jobs failed under `--wait` |
| 7 | the answer was not `yes`, or nobody could be asked |
| 8 | a source could not be asked |
| 64 | the command line does not make sense |
| 70 | a bug of otplan; a report file is named |
| 130 | interrupted |
| 141 | whoever read the output went away |
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    """Yield a section for each command, in the order of the table."""
    root = click.Context(otplan, info_name="otplan")
    for name in COMMANDS:
        command = otplan.get_command(root, name)
        if command is None:
            continue
        context = click.Context(command, info_name=name, parent=root, max_content_width=88)
        yield f"\n## {name}\n\n```\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                yield from _sub(command, sub, context)


def _sub(group: click.Group, name: str, parent: click.Context) -> Iterator[str]:
    """Yield the help of a command below a command."""
    command = group.get_command(parent, name)
    if command is not None:
        context = click.Context(command, info_name=name, parent=parent, max_content_width=88)
        yield f"\n### {parent.info_name} {name}\n\n```\n{command.get_help(context)}\n```\n"
