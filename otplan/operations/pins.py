"""The story of `otplan update`: move pins to what their names mean now."""

from __future__ import annotations

from otplan.errors import ManifestInvalid
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
        if name in loaded.lock
    }
    found: list[str] = []
    for cluster, some in by_cluster(loaded, names).items():
        pins = {whole: loaded.lock[name] for whole, name in some.items()}
        found += project.ground.artifacts[cluster].moved(pins, lock.written(path))
    return {whole.partition(":")[2]: names[whole].partition(":")[2] for whole in found}


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
