"""`otplan cluster`: show the clusters that are known."""

from __future__ import annotations

from pathlib import Path

import click

from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.cli.surroundings import config_folder, person
from otplan.core.cluster import Cluster
from otplan.lint.matrix import matrix as judged
from otplan.load import clusters as files
from otplan.operations.limits import of_cluster
from otplan.views import clusters as view
from otplan.views import matrix as matrix_view
from otplan.views import site


@click.group("cluster")
def command() -> None:
    """Show the clusters that are known here."""


@command.command("list")
@as_json
def listed(*, json: bool) -> None:
    """List the clusters: shipped ones, and yours."""
    console = Console.of_terminal()
    names = files.names(beside=str(Path.cwd()), user=str(config_folder()))
    found = [_load(name) for name in names]
    console.out(view.json(found) if json else view.text(found, console.style))


@command.command("show")
@click.argument("name")
@click.option("--refresh", is_flag=True, help="Ask its scheduler anew what it allows.")
@as_json
def show(name: str, *, refresh: bool, json: bool) -> None:
    """Show everything that is known of one cluster, and what its scheduler said it allows."""
    console = Console.of_terminal()
    found, someone = _load(name), person(console)
    limits = of_cluster(found, someone, refresh=refresh)
    told = view.one(found, console.style) + site.text(limits, console.style, someone.clock())
    console.out(view.json([found], {name: limits} if limits else {}) if json else told)


@command.command("matrix")
@click.argument("names", nargs=-1)
@as_json
def matrix(names: tuple[str, ...], *, json: bool) -> None:
    """Show which kinds of resources each cluster takes, started in which ways, or why not."""
    console = Console.of_terminal()
    every = names or files.names(beside=str(Path.cwd()), user=str(config_folder()))
    cells = judged(map(_load, every))
    console.out(matrix_view.json(cells) if json else matrix_view.text(cells, console.style))


def _load(name: str) -> Cluster:
    """Read one cluster's file."""
    here = str(Path.cwd())
    return files.load(name, beside=here, user=str(config_folder()), root=here)
