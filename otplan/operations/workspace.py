"""The workspace's id: inserted by the first apply, and left in its folder as a witness."""

from __future__ import annotations

import secrets
from contextlib import suppress

import msgspec

from otplan.core.graph import Graph, Workspace
from otplan.core.layout import workspace_folder
from otplan.core.record import Recorded
from otplan.errors import ForeignState, Unclear, Unreachable
from otplan.operations.ground import Ground

WITNESS = "workspace.json"


def found_workspace(ground: Ground, workspace: Workspace, recorded: Recorded) -> str:
    """Return the workspace's id, making it if nobody did; the loser of a race reads the winner's.

    Raise ForeignState where a folder of experiments holds another id: its registry was lost.
    """
    mine = recorded.id or secrets.token_hex(8)
    check_witness(ground, recorded)
    settled = ground.registry.found(ground.workspace, workspace.manifest, mine)
    for cluster in sorted(ground.clusters):
        _bear_witness(ground, cluster, settled)
    return settled


def check_owner(graph: Graph, recorded: Recorded) -> None:
    """Refuse to plan a workspace that another manifest owns."""
    workspace = graph.resolved.workspace
    if recorded.manifest and recorded.manifest != workspace.manifest:
        raise ForeignState(
            f"the workspace `{workspace.name}` belongs to {recorded.manifest}, "
            f"and this is {workspace.manifest}",
            "give this manifest a `workspace:` of its own; or, if the file was moved,\n"
            f"    otplan adopt --manifest {workspace.path}",
        )


def check_witness(ground: Ground, recorded: Recorded) -> None:
    """Refuse to plan where a folder of experiments belongs to another id than the registry's."""
    for cluster in sorted(ground.clusters):
        _refuse_foreign(ground, cluster, recorded.id)


def witnessed(ground: Ground) -> str:
    """Return the id that the folders of experiments name, empty where there is none.

    Raise ForeignState where they name several.
    """
    paths = {cluster: _path(ground, cluster) for cluster in sorted(ground.clusters)}
    contents = {ground.shells[name].read([path])[path]: path for name, path in paths.items()}
    named = {_named(path, content) for content, path in contents.items() if content is not None}
    if len(named) > 1:
        raise ForeignState(
            f"{' and '.join(sorted(contents.values()))} name several workspaces",
            "give the manifest another `workspace:`, or move one of these folders away",
        )
    return next(iter(named), "")


def _path(ground: Ground, cluster: str) -> str:
    """Return the witness's path on one cluster."""
    return f"{workspace_folder(ground.home(cluster), ground.workspace)}/{WITNESS}"


def _refuse_foreign(ground: Ground, cluster: str, known: str) -> None:
    """Stop where the folder belongs to another id than the registry's."""
    path = _path(ground, cluster)
    try:
        content = ground.shells[cluster].read([path])[path]
    except Unreachable:
        return  # It contradicts nobody now, and nothing there is known or acted on.
    if content is None:
        return
    there = _named(path, content)
    # Asked again only in that case: the workspace may have been founded a moment ago.
    if there != known and there != ground.registry.read(ground.workspace).id:
        raise ForeignState(
            f"{path} says that this folder belongs to workspace {there}, "
            f"and {ground.registry.place} knows {known or 'none'}",
            "put the registry file back where it was; or make it anew of what lies there:\n"
            "    otplan registry rebuild\nor give the manifest another `workspace:`",
        )


def _named(path: str, content: bytes) -> str:
    """Return the id that a witness names; raise ForeignState where it can no longer be read."""
    try:
        return msgspec.json.decode(content, type=dict[str, str]).get("id", "")
    except msgspec.MsgspecError as error:
        raise ForeignState(
            f"{path} cannot be read any more, so nobody knows whose folder this is",
            "take that file away if you are sure that it is this workspace's",
        ) from error


def _bear_witness(ground: Ground, cluster: str, settled: str) -> None:
    """Leave the id in the workspace's folder, once; and keep the folder around it out of git."""
    shell = ground.shells[cluster]
    text = msgspec.json.encode({"otplan": "1", "workspace": ground.workspace, "id": settled})
    # Where nobody answers nothing is submitted either: the next apply bears witness there.
    with suppress(Unclear, Unreachable):
        shell.claim(_path(ground, cluster), text)
        shell.claim(f"{ground.home(cluster)}/.gitignore", b"*\n")
