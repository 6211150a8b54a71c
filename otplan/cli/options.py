"""Options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from otplan.cli.surroundings import Choice

F = TypeVar("F", bound=Callable[..., Any])


def variable_options(function: F) -> F:
    """Add `--var` and `--var-file`."""
    function = click.option(
        "--var-file",
        "variable_files",
        multiple=True,
        metavar="FILE",
        help="Read variables from YAML.",
    )(function)
    return click.option(
        "--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable."
    )(function)


def manifest_argument(function: F) -> F:
    """Take the manifest as an argument; without it, the one planned last here."""
    function = variable_options(function)
    return click.argument("manifest", required=False, metavar="[MANIFEST]")(function)


def manifest_option(function: F) -> F:
    """Take the manifest as an option, where the arguments name stages."""
    function = variable_options(function)
    return click.option(
        "-m", "--manifest", metavar="FILE", help="The manifest; without it, the one planned last."
    )(function)


def selectors(function: F) -> F:
    """Take selectors: training.sft, sft[lr=1.0e-5], kind:eval, state:failed, +sft, sft+."""
    return click.argument("selector", nargs=-1, metavar="[SELECTOR]...")(function)


def as_json(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "json", is_flag=True, help="Print a versioned JSON document.")(
        function
    )


def permissions(function: F) -> F:
    """Add the flags that allow what is never implied."""
    for flag, words in (
        ("--replace-running", "Cancel running jobs whose stage is declared differently now."),
        ("--cancel-running", "Cancel running jobs of what is no longer declared."),
    ):
        function = click.option(flag, is_flag=True, help=words)(function)
    for flag, words in (
        ("--take-over", "Publish these to repos that hold what is somebody else's."),
        ("--resubmit", "Make these anew although they are there."),
    ):
        function = click.option(flag, multiple=True, metavar="SELECTOR", help=words)(function)
    return function


def choice(given: dict[str, Any]) -> Choice:
    """Take the manifest's options out of what click hands over."""
    return Choice(given.pop("manifest", None), given.pop("variables"), given.pop("variable_files"))
