"""Look again at the jobs that a wave would wait for, where the last look may be too old.

Slurm forgets a job that ended after MinJobAge. Up to 22.05 an `afterok` on a forgotten job is
dropped without a word, and its child runs on what was never made; later ones refuse it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from otplan.core.job import JobRef, JobState
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.operations.submission import Submission, stop
from otplan.planner.edges import edges
from otplan.planner.jobs import owners_of


def look_again(
    submission: Submission, wave: Sequence[Stage], stages: Mapping[str, Stage]
) -> list[Stage]:
    """Return the stages of a wave whose parents may still be waited for; hold back the others.

    One look a cluster, and only at jobs last seen longer ago than half of what it remembers. A
    parent that ended well is not waited for any more.
    """
    waited = {stage.fingerprint: _jobs(submission, stage, stages) for stage in wave}
    old = sorted({job for jobs in waited.values() for job in jobs if _old(submission, job)})
    bad = _looked(submission, old) if old else {}
    kept = []
    for stage in wave:
        why = next((bad[job] for job in waited[stage.fingerprint] if job in bad), "")
        if why:
            stop(submission, stage, Event.HELD_BACK, why)
        else:
            kept.append(stage)
    return kept


def _jobs(submission: Submission, stage: Stage, stages: Mapping[str, Stage]) -> list[JobRef]:
    """Return the jobs that a stage would wait for."""
    return [edge.job for edge in edges(stage, stages, submission.jobs)]


def _old(submission: Submission, job: JobRef) -> bool:
    """Tell whether a job may have been forgotten since it was seen."""
    forgets = submission.snapshot.abilities[job.cluster].forgets
    seen = submission.seen.get(job, submission.snapshot.at)
    return forgets is not None and submission.ground.now - seen > forgets // 2


def _looked(submission: Submission, jobs: Iterable[JobRef]) -> dict[JobRef, str]:
    """Look at jobs again; return why some cannot be waited for, and forget those that are done."""
    bad: dict[JobRef, str] = {}
    strangers = _strangers(submission)
    for name in sorted({job.cluster for job in jobs}):
        mine = [job for job in jobs if job.cluster == name]
        theirs = strangers.intersection(mine)
        scheduler = submission.ground.schedulers[name]
        observed = scheduler.observe(mine, (), submission.snapshot.at, theirs)
        for job in mine:
            states = {one.state for one in observed.jobs if one.ref == job and not one.doubted}
            if any(state.live for state in states):
                submission.seen[job] = submission.ground.now
            elif states == {JobState.COMPLETED}:
                _ended_well(submission, job)
            else:
                bad[job] = _why(job, states, observed.unknown or observed.past_unknown)
    return bad


def _strangers(submission: Submission) -> set[JobRef]:
    """Return the jobs that may be another user's: theirs by the record, and those outside."""
    owners = owners_of(submission.snapshot)
    outside = {job for (_, element), job in submission.jobs.items() if element < 0}
    return outside | {job for job, who in owners.items() if who != submission.snapshot.user}


def _ended_well(submission: Submission, job: JobRef) -> None:
    """Wait no more for a job that made what it should; who reads it looks at that itself."""
    made = [cell for cell, other in submission.jobs.items() if other == job]
    for cell in made:
        del submission.jobs[cell]


def _why(job: JobRef, states: Iterable[JobState], unknown: str) -> str:
    """Say why a job cannot be waited for."""
    if unknown:
        return f"job {job.id}, which it waits for, could not be looked at again: {unknown}"
    ends = ", ".join(sorted(state.value for state in states)) or "and is forgotten"
    return f"job {job.id}, which it waits for, ended meanwhile: {ends}"
