"""`otplan cluster`: show the clusters that are known."""

from __future__ import annotations

from pathlib import Path

import click

from otplan.cli.console import Console
from otplan.cli.options import as_json
from otplan.cli.surroundings import config_folder, person
from otplan.core.check import State
from otplan.core.cluster import Cluster
from otplan.errors import OtplanError
from otplan.lint.matrix import matrix as judged
from otplan.load import clusters as files
from otplan.operations.checking import check
from otplan.operations.detecting import here, host_names
from otplan.operations.detecting import site as site_of
from otplan.operations.importing import made_of, write
from otplan.operations.limits import of_cluster
from otplan.shell.here import Here
from otplan.views import checks, site
from otplan.views import clusters as view
from otplan.views import matrix as matrix_view

FINDINGS = 1


@click.group("cluster")
def command() -> None:
    """Show the clusters that are known here."""


@command.command("list")
@as_json
def listed(*, json: bool) -> None:
    """List the clusters: shipped ones, and yours."""
    console = Console.of_terminal()
    found = [_load(name) for name in _every()]
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


@command.command("detect")
@as_json
def detect(*, json: bool) -> int:
    """Say which cluster this machine belongs to, by the names of its hosts."""
    console = Console.of_terminal()
    names = host_names(Here())
    found = here(map(_load, _every()), names)
    console.out(view.detected_json(found, names) if json else view.detected(found, names))
    return 0 if found else FINDINGS


@command.command("check")
@click.argument("name", required=False)
@as_json
def checked(name: str | None, *, json: bool) -> int:
    """Look whether a cluster has what jobs need; without a name, the one this machine is of.

    That is its host, its scheduler, its modules and environment, the secrets file and what it
    must not hold, submodules, accounts, and room for experiments.
    """
    console = Console.of_terminal()
    belongs = here(map(_load, _every()), host_names(Here()))
    if name is None and not belongs:
        raise OtplanError("This machine is a host of no cluster.", "Name the one you mean.")
    chosen = name or belongs[0]
    found = tuple(check(site_of(_load(chosen), person(console), belongs)))
    console.out(checks.json(chosen, found) if json else checks.text(chosen, found, console.style))
    return FINDINGS if any(one.state is State.MISSING for one in found) else 0


@command.command("import-env")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--base", default="", help="The shipped cluster that it belongs to.")
@click.option("--name", default="", help="What the cluster is called; usually like its base.")
def imported(file: Path, base: str, name: str) -> None:
    """Make a dotenv file of OT-Agent into a cluster file of yours.

    The file is read, never run; what looks like a secret is left out.
    """
    console = Console.of_terminal()
    chosen = name or base or file.name.removesuffix(".env")
    made = made_of(file, chosen, base, config_folder())
    write(made, Here(), str(config_folder()))
    console.out(view.imported(made.path, made.left))


@command.command("matrix")
@click.argument("names", nargs=-1)
@as_json
def matrix(names: tuple[str, ...], *, json: bool) -> None:
    """Show which kinds of resources each cluster takes, started in which ways, or why not."""
    console = Console.of_terminal()
    cells = judged(map(_load, names or _every()))
    console.out(matrix_view.json(cells) if json else matrix_view.text(cells, console.style))


def _every() -> tuple[str, ...]:
    """Return the names of all clusters."""
    return files.names(beside=str(Path.cwd()), user=str(config_folder()))


def _load(name: str) -> Cluster:
    """Read one cluster's file."""
    here = str(Path.cwd())
    return files.load(name, beside=here, user=str(config_folder()), root=here)
