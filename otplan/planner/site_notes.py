"""What is worth knowing of a site before something is sent there, and stops nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from otplan.core.graph import Graph
from otplan.core.plan import Action, Change
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.planner import sites

_OPEN = ("UP", "")


def site_notes(graph: Graph, snapshot: Snapshot, changes: Sequence[Change]) -> list[str]:
    """Return notes on partitions that are not up, and on more jobs than a user may have."""
    new = {
        change.fingerprint: len(change.elements) or 1
        for change in changes
        if change.action in (Action.SUBMIT, Action.REPLACE)
    }
    going = [stage for stage in graph.stages if stage.fingerprint in new]
    closed = (note for stage in going for note in _closed(stage, snapshot))
    return [*dict.fromkeys(closed), *_crowded(graph.stages, new, snapshot)]


def _closed(stage: Stage, snapshot: Snapshot) -> Iterator[str]:
    site = snapshot.limits.get(stage.cluster)
    for name in sites.wanted(stage, site) if site else ():
        found = sites.partition(name, site) if site else None
        if found is not None and found.state not in _OPEN:
            where = f"partition `{name}` of {stage.cluster}"
            yield f"{where} is {found.state}: it starts nothing now, and may refuse what is sent"


def _crowded(stages: Sequence[Stage], new: dict[str, int], snapshot: Snapshot) -> Iterator[str]:
    """Yield where there would be more jobs than a user may have at a time."""
    sent: Counter[tuple[str, str, int]] = Counter()
    live: Counter[tuple[str, str, int]] = Counter()
    for stage in stages if new and snapshot.limits else ():
        bound = _bound(stage, snapshot)
        if bound is not None:
            sent[bound] += new.get(stage.fingerprint, 0)
            live[bound] += _live(stage, snapshot)
    for (cluster, who, most), number in sent.items():
        if number and number + live[cluster, who, most] > most:
            takes = f"{who} of {cluster} takes {most} jobs of yours at a time"
            yield f"{takes}: what it refuses of these {number}, `otplan continue` sends later"


def _bound(stage: Stage, snapshot: Snapshot) -> tuple[str, str, int] | None:
    """Return the cluster, and who there bounds how many jobs of a stage there may be."""
    site = snapshot.limits.get(stage.cluster)
    names = sites.wanted(stage, site) if site else ()
    within = sites.partition(names[0], site) if site and names else None
    bound = sites.most(stage, within, site) if site and within else None
    return None if bound is None else (stage.cluster, *bound)


def _live(stage: Stage, snapshot: Snapshot) -> int:
    cells = (snapshot.cell(stage.fingerprint, element) for element in stage.cells)
    return sum(any(seen.standing.live for seen in cell.seen) for cell in cells)
