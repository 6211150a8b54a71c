"""Ask W&B once for the runs that ended, and note what it says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.core.graph import Graph
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.units import count
from otplan.errors import OtplanError
from otplan.operations.ground import Ground
from otplan.operations.progress import Said
from otplan.operations.tokens import secret
from otplan.planner.runs import unnoted
from otplan.shell.wandb_runs import Run, runs


def note_runs(ground: Ground, graph: Graph, snapshot: Snapshot) -> tuple[Snapshot, int]:
    """Note what W&B says of runs that are over; return what is known then, and how many facts.

    Where it does not answer nothing is known, which is no failure; the next look asks again.
    """
    facts: list[Fact] = []
    for project, asked in sorted(unnoted(graph, snapshot).items()):
        many = count(len(asked), "run")
        _tell(ground, f"asked about {many} of {project}", passing=True)
        try:
            key = secret("WANDB_API_KEY", ground.clusters, ground.shells)
            found = runs(project, sorted(asked), key)
        except OtplanError as trouble:
            _tell(ground, f"{trouble.message}: {many} of {project} not noted")
            continue  # It may be this project alone that is not shown to us.
        over = {name: run for name, run in found.items() if run.ended}
        facts += [_fact(*asked[name], run, ground.now) for name, run in sorted(over.items())]
        _tell_missing(ground, {name: asked[name] for name in asked.keys() - over.keys()}, project)
    if facts:
        ground.registry.note(ground.workspace, facts)
    recorded = replace(snapshot.recorded, facts=(*snapshot.recorded.facts, *facts))
    return replace(snapshot, recorded=recorded), len(facts)


def _fact(stage: Stage, attempt: int, run: Run, at: int) -> Fact:
    values = {
        "url": run.url,
        "state": run.state,
        "started": run.started,
        "ended": run.ended,
        "metrics": dict(run.metrics),
    }
    return Fact(stage.fingerprint, attempt, FactKind.REPORTED, at, values=values)


def _tell_missing(ground: Ground, asked: Mapping[str, tuple[Stage, int]], project: str) -> None:
    """Say which runs W&B does not show, or not as ended: they are asked for again."""
    for name, (stage, _) in sorted(asked.items()):
        _tell(ground, f"{stage.label} is done, and its run {project}/{name} is not over there")


def _tell(ground: Ground, text: str, *, passing: bool = False) -> None:
    ground.person.progress.tell(Said("W&B", text, passing=passing))
