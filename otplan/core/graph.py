"""What a manifest asks for, resolved: every stage, parents first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from otplan.core.address import Address
from otplan.core.catalog import Settings
from otplan.core.resource import Resource
from otplan.core.stage import Stage


@dataclass(frozen=True, slots=True)
class Workspace:
    """The set of resources a manifest owns.

    `manifest` says which file it is (git remote and path; without git, host and real path),
    `id` is the random id of the registry's row, empty until the first apply.
    """

    name: str
    manifest: str
    path: str
    id: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The graph as it is approved and stored: stages parents first, pins, exported code.

    `code` is the folder that programs start in: the manifest's, in a checkout, or in the code
    export of each cluster (`layout.code_folder`).
    `resources` are what the stages came from, without places: `otplan continue` has no manifest,
    and writes catalog rows all the same; `catalog` is what those ask for.
    """

    workspace: Workspace
    stages: tuple[Stage, ...]
    pins: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    resources: tuple[Resource, ...] = ()
    catalog: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Graph:
    """The resolved graph together with the resources it came from, for places and words.

    `labels` names every stage by its fingerprint.
    """

    resolved: Resolved
    resources: Mapping[Address, Resource]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages, parents first."""
        return self.resolved.stages


def of_resolved(resolved: Resolved) -> Graph:
    """Return the graph of an approval that was read back."""
    labels = {stage.fingerprint: stage.label for stage in resolved.stages}
    return Graph(resolved, {resource.address: resource for resource in resolved.resources}, labels)
