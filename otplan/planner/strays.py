"""Live jobs that carry our mark and are in no record: ours by their token, or nobody's."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.core.graph import Resolved
from otplan.core.job import Job
from otplan.core.record import Attempt
from otplan.core.snapshot import World
from otplan.core.stage import Stage
from otplan.fingerprint.naming import read_name, token


def strays(graph: Resolved, world: World) -> tuple[tuple[Attempt, ...], tuple[Job, ...]]:
    """Return the attempts behind jobs with a stage's token, and the jobs that nobody knows.

    Such an attempt counts like a recorded one, so that its stage is not submitted again.
    """
    owner = graph.workspace.id or world.recorded.id
    found = _unrecorded(world, owner)
    if not found or not owner:
        return (), tuple(job for jobs in found.values() for job in jobs)
    stages = {token(owner, stage.fingerprint): stage for stage in graph.stages}
    ours: list[Attempt] = []
    orphans: list[Job] = []
    for (mark, n, _), jobs in found.items():
        if mark in stages:
            ours.append(_attempt(graph, stages[mark], n, jobs))
        else:
            orphans += jobs
    return tuple(ours), tuple(orphans)


def _unrecorded(world: World, owner: str) -> dict[tuple[str, int, str], list[Job]]:
    """Return live jobs with a name of ours that nobody recorded, by token, attempt and cluster.

    A job whose comment names another workspace is that one's, and none of our business.
    """
    names = {attempt.name for attempt in world.recorded.attempts}
    found: dict[tuple[str, int, str], list[Job]] = {}
    for observed in world.observed.values():
        for job in observed.jobs:
            read = read_name(job.name) if job.state.live and job.name not in names else None
            if read and _workspace(job) in ("", owner):
                found.setdefault((*read, job.ref.cluster), []).append(job)
    return found


def _workspace(job: Job) -> str:
    """Return the id of the workspace that a job's comment names, empty where it names none."""
    words = job.comment.split()
    return words[2] if words[:1] == ["otplan"] and len(words) > 2 else ""  # noqa: PLR2004


def _attempt(graph: Resolved, stage: Stage, n: int, jobs: Sequence[Job]) -> Attempt:
    """Return the row that should have been there before these jobs."""
    elements = sorted({job.element for job in jobs if job.element is not None})
    whole = tuple(stage.cells) if stage.elements else ()
    return Attempt(
        fingerprint=stage.fingerprint,
        n=n,
        address=str(stage.addresses[0]),
        role=stage.role,
        name=jobs[0].name,
        cluster=jobs[0].ref.cluster,
        folder="",
        digest=stage.digest,
        user=jobs[0].user,
        manifest=graph.workspace.manifest,
        approval=0,
        at=jobs[0].submitted,
        elements=tuple(elements) or whole,
        declared=stage.declared,
    )
