"""Look again at the jobs that a wave would wait for, where the last look may be too old.

Slurm forgets a job that ended after MinJobAge. Up to 22.05 an `afterok` on a forgotten job is
dropped without a word, and its child runs on what was never made; later ones refuse it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from otplan.core.job import Edge, Job, JobRef, JobState
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.operations.submission import Submission, stop
from otplan.planner.edges import edges, outside, outside_edge
from otplan.planner.jobs import owners_of
from otplan.planner.joins import JOIN


def look_again(
    submission: Submission, wave: Sequence[Stage], stages: Mapping[str, Stage]
) -> list[Stage]:
    """Return the stages of a wave whose parents may still be waited for; hold back the others.

    One look a cluster, and only at jobs last seen longer ago than half of what it remembers. A
    parent that ended well is not waited for any more.
    """
    waited = {stage.fingerprint: edges(stage, stages, submission.jobs) for stage in wave}
    old = {edge for some in waited.values() for edge in some if _old(submission, edge.job)}
    bad, well = _looked(submission, old) if old else ({}, set())
    _wait_no_more(submission, well, stages)
    kept = []
    for stage in wave:
        why = next((bad[edge] for edge in waited[stage.fingerprint] if edge in bad), "")
        if why:
            stop(submission, stage, Event.HELD_BACK, why)
        else:
            kept.append(stage)
    return kept


def _old(submission: Submission, job: JobRef) -> bool:
    """Tell whether a job may have been forgotten since it was seen."""
    forgets = submission.snapshot.abilities[job.cluster].forgets
    seen = submission.seen.get(job, submission.snapshot.at)
    return forgets is not None and submission.ground.now - seen > forgets // 2


def _looked(submission: Submission, old: Iterable[Edge]) -> tuple[dict[Edge, str], set[Edge]]:
    """Look at jobs again; return why some cannot be waited for, and which ended well."""
    bad: dict[Edge, str] = {}
    well: set[Edge] = set()
    strangers = _strangers(submission)
    jobs = sorted({edge.job for edge in old})
    for name in sorted({job.cluster for job in jobs}):
        mine = [job for job in jobs if job.cluster == name]
        scheduler, theirs = submission.ground.schedulers[name], strangers.intersection(mine)
        observed = scheduler.observe(mine, (), submission.snapshot.at, theirs)
        for edge in (edge for edge in old if edge.job.cluster == name):
            found = [job for job in observed.jobs if _waits_for(edge, job)]
            states = {job.state for job in found}
            # Of an array that is waited for whole, a part that ended well says nothing of the rest.
            part = edge.element is None and any(job.element is not None for job in found)
            if any(state.live for state in states):
                submission.seen[edge.job] = submission.ground.now
            elif states == {JobState.COMPLETED} and not (part and observed.past_unknown):
                well.add(edge)
            else:
                bad[edge] = _why(edge.job, states, observed.unknown or observed.past_unknown)
    return bad, well


def _waits_for(edge: Edge, job: Job) -> bool:
    """Tell whether an edge is on this job, or on this element of it."""
    return job.ref == edge.job and edge.element in (None, job.element) and not job.doubted


def _strangers(submission: Submission) -> set[JobRef]:
    """Return the jobs that may be another user's: theirs by the record, and those outside."""
    owners = owners_of(submission.snapshot)
    outside = {job for (_, element), job in submission.jobs.items() if element < 0}
    return outside | {job for job, who in owners.items() if who != submission.snapshot.user}


def _wait_no_more(
    submission: Submission, well: Collection[Edge], stages: Mapping[str, Stage]
) -> None:
    """Wait no more for what was made, nor for what a join that ended well stands for.

    Who reads it looks at it itself.
    """
    made = {
        (f, element)
        for (f, element), job in submission.jobs.items()
        if Edge(job) in well or Edge(job, element) in well
    }
    made |= {
        outside(stage, word)
        for stage in stages.values()
        for word in stage.after
        if outside_edge(stage, word) in well
    }
    joins = {f for f, _ in made if f in stages and stages[f].template == JOIN}
    behind = {n.fingerprint for f in joins for n in stages[f].needs}
    for cell in [cell for cell in submission.jobs if cell in made or cell[0] in behind]:
        del submission.jobs[cell]


def _why(job: JobRef, states: Iterable[JobState], unknown: str) -> str:
    """Say why a job cannot be waited for."""
    if unknown:
        return f"job {job.id}, which it waits for, could not be looked at again: {unknown}"
    ends = ", ".join(sorted(state.value for state in states)) or "and is forgotten"
    return f"job {job.id}, which it waits for, ended meanwhile: {ends}"
