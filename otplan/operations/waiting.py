"""The story of `--wait`: look until nothing is left to happen."""

from __future__ import annotations

from contextlib import suppress
from typing import TypeAlias

from otplan.core.graph import Graph
from otplan.core.job import JobRef
from otplan.core.plan import Action, Plan
from otplan.core.snapshot import Snapshot, Standing
from otplan.core.stage import Stage
from otplan.errors import Busy
from otplan.operations.apply import nudge
from otplan.operations.asking import WORDS, main_changes
from otplan.operations.continuing import go_on
from otplan.operations.ground import Ground
from otplan.operations.planning import Planned, make_plan
from otplan.operations.progress import Said
from otplan.operations.sync import sync

PAUSE = {"local": 0.2}
"""Seconds between two looks, by scheduler; anything that is not this machine gets a minute."""


GOES_ON = (Action.SUBMIT, Action.REPLACE, Action.UPDATE)
"""What `otplan continue` does: also a queued job whose parent was replaced waits for nothing."""

_Standstill: TypeAlias = tuple[frozenset[tuple[str, ...]], frozenset[JobRef]]


def wait(ground: Ground, graph: Graph) -> Plan:
    """Return the plan once no job is live and nothing approved can go on any more.

    What a retry policy covers goes on by itself. A person's interrupt ends the waiting only.
    """
    states: dict[str, str] | None = None
    tried: _Standstill | None = None
    while True:
        planned = make_plan(ground, graph)
        sync(ground, graph, planned.snapshot)
        states = _tell(ground, planned.plan, states)
        live, now = _moves(planned, graph), _standstill(planned.plan)
        ready = bool(now[0]) and now != tried
        if ground.person.progress.stopped() or not (live or ready):
            return make_plan(ground, graph).plan
        if ready:
            # Somebody else may be applying: then that is seen at the next look.
            with suppress(Busy):
                go_on(ground)
                tried = now
        nudge(ground)
        ground.person.pause(pause_of(ground))


def pause_of(ground: Ground) -> float:
    """Return the seconds between two looks at these clusters: the most patient one counts."""
    return max(PAUSE.get(cluster.scheduler, 60.0) for cluster in ground.clusters.values())


def _standstill(plan: Plan) -> _Standstill:
    """Return what could go on by itself beside which jobs: tried once, it is not tried again.

    Its reason is part of it: a second failure is another reason to start than the first.
    """
    ready = frozenset(
        (*c.key, *(reason.text for reason in c.reasons))
        for c in plan.changes
        if c.action in GOES_ON and not c.person
    )
    return ready, frozenset(job for change in plan.changes for job in change.jobs)


def _moves(planned: Planned, graph: Graph) -> bool:
    """Tell whether waiting can change anything.

    What runs will end, also beside an element that failed. A queued job that is stuck stays
    until a person acts, and so does all that queues behind what was not made.
    """
    changes = main_changes(planned.plan)
    missing: set[str] = set()
    for stage in graph.stages:
        change, standings = changes[stage.fingerprint], _standings(stage, planned.snapshot)
        behind = any(need.fingerprint in missing for need in stage.needs)
        stuck = behind or change.reasons[0].code == "stuck"
        if Standing.RUNNING in standings or (Standing.QUEUED in standings and not stuck):
            return True
        if change.action is Action.BLOCKED or (behind and change.state == "queued"):
            missing.add(stage.fingerprint)
    return False


def _standings(stage: Stage, snapshot: Snapshot) -> set[Standing]:
    """Return where the attempts at a stage stand, over all its elements."""
    cells = (snapshot.cell(stage.fingerprint, element) for element in stage.cells)
    return {seen.standing for cell in cells for seen in cell.seen}


def _tell(ground: Ground, plan: Plan, before: dict[str, str] | None) -> dict[str, str]:
    """Tell of every stage whose state is another one than `before`; return how they are now.

    At the first look, only what runs is news.
    """
    changes = main_changes(plan).values()
    now = {change.label: change.state for change in changes if change.state}
    for label, state in now.items():
        news = state == "running" if before is None else state != before.get(label, "queued")
        if news:
            ground.person.progress.tell(Said(label, WORDS.get(state, state)))
    return now
