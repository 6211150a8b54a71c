"""Cancel jobs: note first that it is our doing, so that a crash leaves a job, never a failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from otplan.core.job import JobRef
from otplan.core.record import Fact, FactKind
from otplan.core.report import Event, Outcome
from otplan.core.snapshot import Snapshot
from otplan.operations.ground import Ground
from otplan.planner.jobs import attempts_by_job


def cancel_jobs(
    ground: Ground, snapshot: Snapshot, jobs: Sequence[JobRef], *, person: bool = False
) -> list[Outcome]:
    """Cancel these jobs of ours, one call a cluster; return what came of each.

    What a `person` asked for is not made again until a person applies.
    """
    owners = attempts_by_job(snapshot)
    facts = [
        Fact(
            owners[job].fingerprint,
            owners[job].n,
            FactKind.CANCELLED,
            ground.now,
            values={"job": job.id, "person": person},
        )
        for job in jobs
    ]
    ground.registry.note(ground.workspace, facts)
    for name in _clusters(jobs):
        ground.schedulers[name].cancel([job for job in jobs if job.cluster == name], {})
    return [
        Outcome(f"{owners[job].address}/{owners[job].role}", Event.CANCELLED, owners[job].n, job)
        for job in jobs
    ]


def _clusters(jobs: Iterable[JobRef]) -> list[str]:
    """Return the clusters of these jobs, each once, in order."""
    return sorted({job.cluster for job in jobs})
