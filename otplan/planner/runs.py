"""Runs of W&B: which are to be asked for, and what was noted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from otplan.core.graph import Graph
from otplan.core.record import FactKind
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.values import Value
from otplan.fingerprint import naming
from otplan.kinds.watching import REPORT, RUN


def unnoted(graph: Graph, snapshot: Snapshot) -> dict[str, dict[str, tuple[Stage, int]]]:
    """Return, by project (`entity/project`), the ids of runs whose end nobody noted.

    Each comes with its stage and the attempt that made it: only what is done is asked for, and
    what stayed on its site only once that was sent.
    """
    noted = {(f.fingerprint, f.n) for f in snapshot.recorded.facts if f.kind is FactKind.REPORTED}
    unsent = {
        need.fingerprint
        for stage in graph.stages
        if stage.role == REPORT and snapshot.cell(stage.fingerprint, 0).done is None
        for need in stage.needs
    }
    asked: dict[str, dict[str, tuple[Stage, int]]] = defaultdict(dict)
    for stage in graph.stages:
        done, project = snapshot.cell(stage.fingerprint, 0).done, _project(stage)
        if not project or done is None or not done.attempt or stage.fingerprint in unsent:
            continue
        if (stage.fingerprint, done.attempt) not in noted:
            asked[project][_id(stage, snapshot)] = stage, done.attempt
    return asked


def run_of(stage: Stage, snapshot: Snapshot) -> str:
    """Return the page of a stage's run, or `entity/project/id` before W&B said it.

    It is empty where there is none, or nobody knows it.
    """
    project = _project(stage)
    if not project or not snapshot.recorded.id:
        return ""
    return str(noted_run(stage, snapshot).get("url") or f"{project}/{_id(stage, snapshot)}")


def noted_run(stage: Stage, snapshot: Snapshot) -> Mapping[str, Value]:
    """Return what W&B said of the run of what a stage made: url, started, ended; empty if not."""
    done = snapshot.cell(stage.fingerprint, 0).done
    if RUN not in stage.program.extra or done is None:
        return {}
    key = (stage.fingerprint, done.attempt, FactKind.REPORTED)
    mine = (f.values for f in snapshot.recorded.facts if (f.fingerprint, f.n, f.kind) == key)
    return next(mine, {})


def _id(stage: Stage, snapshot: Snapshot) -> str:
    """Return the id that the scripts of a stage tell W&B's client."""
    return naming.token(snapshot.recorded.id, stage.fingerprint)


def _project(stage: Stage) -> str:
    """Return entity and project that a stage reports to; empty where either is not known."""
    run = stage.program.extra.get(RUN, {})
    return "/".join((run["entity"], run["project"])) if run and all(run.values()) else ""
