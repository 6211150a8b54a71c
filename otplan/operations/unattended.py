"""A workspace's ground without its manifest: from the registry's newest approval."""

from __future__ import annotations

from otplan.errors import OtplanError
from otplan.load import clusters as files
from otplan.operations.ground import Ground, Person, Records, ground
from otplan.registries.table import REGISTRIES, named
from otplan.render.identity import identify
from otplan.shell.protocol import Shell


def ground_of(workspace: str, place: str, person: Person, shell: Shell, folder: str) -> Ground:
    """Return the ground of what was approved last; raise OtplanError where nothing was.

    The catalog is where the registry is.
    """
    kind = named(place)
    approval = REGISTRIES[kind](place).read(workspace).approval
    if approval is None:
        raise OtplanError(
            f"{place} knows of nothing applied in the workspace `{workspace}`",
            "apply a manifest first:\n    otplan apply MANIFEST",
        )
    identity = identify(approval.graph.workspace.path, shell)
    beside = identity.path.rpartition("/")[0]
    clusters = {
        name: files.load(name, beside=beside, user=folder, root=identity.root or beside)
        for name in sorted({stage.cluster for stage in approval.graph.stages})
    }
    return ground(workspace, clusters, Records(kind, place), person)
