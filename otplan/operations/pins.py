"""The story of `otplan update`: move pins to what their names mean now."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core.hub import repo_of
from otplan.errors import ManifestInvalid, Unreachable
from otplan.load import lock
from otplan.operations.ground import Person
from otplan.operations.project import (
    Asked,
    Project,
    by_cluster,
    examine,
    ground_for,
    missing_pins,
    placed,
)
from otplan.shell.protocol import Shell


def moved(project: Project) -> list[str]:
    """Return a note for each pin whose name means something else by now: nothing moves unasked."""
    return [
        f"{path} is not what it was when it was pinned; what is pinned counts until `otplan update`"
        for path in moved_places(project).values()
    ]


def moved_places(project: Project) -> dict[str, str]:
    """Return the places whose content is not what is pinned, and how the manifest calls them."""
    loaded, path = project.loaded, project.identity.path
    names = {
        placed(name, path.rpartition("/")[0]): name
        for name in loaded.floating
        if name in loaded.lock and name not in project.fresh_pins
    }
    repos = {name: loaded.lock[name] for name in names if repo_of(name)}
    found = _newer(project, repos) if repos else []
    paths = {whole: name for whole, name in names.items() if whole.startswith("path:")}
    for cluster, some in by_cluster(loaded, paths).items():
        pins = {whole: loaded.lock[name] for whole, name in some.items()}
        found += project.ground.artifacts[cluster].moved(pins, lock.written(path))
    return {_shown(whole): _shown(names[whole]) for whole in found}


def _shown(name: str) -> str:
    """Return a floating name as people know it: a repo, or a path without its scheme."""
    return name if repo_of(name) else name.partition(":")[2]


def _newer(project: Project, pins: Mapping[str, str]) -> list[str]:
    """Return the repos that have newer commits than their pins; none where the Hub is silent."""
    try:
        return list(project.ground.hub.moved(pins, 0))
    except Unreachable:
        return []


def update(
    asked: Asked, shell: Shell, person: Person, *, write: bool
) -> list[tuple[str, str, str]]:
    """Return (name, old, new) of every pin that moves, and write them where `write` says so."""
    linted = examine(asked, shell)
    if linted.invalid:
        raise ManifestInvalid(linted.diagnostics)
    found = missing_pins(linted, ground_for(linted, person), move=True)
    pins = linted.loaded.lock
    moved = [
        (name, pins.get(name, ""), revision)
        for name, revision in sorted(found.items())
        if pins.get(name) != revision
    ]
    if write and moved:
        lock.write(linted.identity.path, {**pins, **found})
    return moved
