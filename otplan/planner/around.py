"""Everything about a stage that is not the stage: parents, past, snapshot, permissions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from otplan.core.graph import Graph
from otplan.core.snapshot import Seen, Snapshot
from otplan.planner.diff import Names
from otplan.planner.policy import Policy


class Outlook(Enum):
    """What a child may expect of a parent: its product, a live job, a job to come, or nothing."""

    DONE = "done"
    LIVE = "live"
    COMING = "coming"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Around:
    """What one decision needs to know besides the stage and its elements.

    `outlooks` tells of all stages above; `moving` are those of them whose jobs an apply changes.
    `places` names the cluster of every stage by its fingerprint.
    `stale` are live jobs of other fingerprints of the same name that no stage wants.
    `needed` says that something which will run reads what this stage makes.
    """

    graph: Graph
    snapshot: Snapshot
    names: Names
    policy: Policy
    outlooks: Mapping[str, Outlook]
    places: Mapping[str, str]
    moving: Collection[str] = ()
    stale: tuple[Seen, ...] = ()
    needed: bool = False
