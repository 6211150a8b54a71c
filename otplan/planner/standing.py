"""Where one attempt stands: a live job beats an ended one, and that beats the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.evidence import Evidence
from otplan.core.job import Job
from otplan.core.record import Attempt, Fact, FactKind
from otplan.core.snapshot import Seen, Standing
from otplan.planner.absent import absent
from otplan.planner.ending import CALLED_OFF, cause_of, named, over, starts_of_job, withdrawn
from otplan.planner.sight import Sight


def standings(
    attempt: Attempt, element: int, facts: Sequence[Fact], evidence: Evidence | None, look: Sight
) -> list[Seen]:
    """Return where an attempt at one element stands: once for each live job, else just once.

    `facts` are those of this attempt at this element. Two live jobs of one attempt are twins: a
    submission that was repeated because its answer was lost.
    """
    blank = _sent(attempt, element, facts)
    jobs = _jobs(attempt, element, look)
    live = [job for job in jobs if job.state.live and not job.doubted]
    if live:
        return [_living(blank, job) for job in live]
    ended = _ended(blank, [job for job in jobs if not job.doubted], facts, evidence)
    doubted = next((job for job in jobs if job.doubted), None)
    return [_called_off(ended or absent(blank, facts, evidence, look, doubted), facts)]


def _sent(attempt: Attempt, element: int, facts: Sequence[Fact]) -> Seen:
    """Return an attempt with what was last sent for it; where it stands is not known yet."""
    updates = (fact.values for fact in reversed(facts) if fact.kind is FactKind.UPDATED)
    last = next(updates, {})
    refused = (fact.values for fact in facts if fact.kind is FactKind.FIXED)
    return Seen(
        attempt,
        element,
        Standing.UNKNOWN,
        digest=last.get("digest", attempt.digest),
        declared=last.get("declared", attempt.declared),
        at=attempt.at,
        fixed={values["digest"]: values["why"] for values in refused},
    )


def _jobs(attempt: Attempt, element: int, look: Sight) -> list[Job]:
    """Return the jobs that carry this attempt's whole name, on its cluster, at this element."""
    wanted = element if attempt.elements else None
    found = look.jobs.get(attempt.name, ())
    return [j for j in found if j.ref.cluster == attempt.cluster and j.element in (wanted, None)]


def _living(blank: Seen, job: Job) -> Seen:
    """Return a waiting or running job."""
    standing = Standing.QUEUED if job.state.queued else Standing.RUNNING
    return replace(blank, standing=standing, job=job, at=job.started or job.submitted)


def _ended(
    blank: Seen, jobs: Sequence[Job], facts: Sequence[Fact], evidence: Evidence | None
) -> Seen | None:
    """Return how it ended: each job as it was recorded once, else as the scheduler says now.

    Of several jobs of one attempt the last one counts that was no twin.
    """
    ended = [fact for fact in facts if fact.kind is FactKind.ENDED]
    noted = {str(fact.values.get("job", "")) for fact in ended}
    cancelled = named(facts, FactKind.CANCELLED)
    refused = withdrawn(facts) is not None and not named(facts, FactKind.SUBMITTED)
    spoke = evidence is not None and blank.attempt.n in evidence.results
    fresh = sorted(
        (
            job
            for job in jobs
            # Accounting keeps what sbatch refused as a job that failed when it came in (22.05).
            if job.ref.id not in noted and (spoke or not refused or job.started != job.ended)
        ),
        key=lambda job: (job.submitted, len(job.ref.id), job.ref.id),
    )
    endings = [_noted(blank, fact) for fact in ended]
    for job in fresh:
        starts = starts_of_job(job, blank.attempt.n, evidence)
        seen = replace(blank, job=job, at=job.ended, why=job.state.value, starts=starts)
        said = cause_of(job, blank.attempt.n, evidence, cancelled=job.ref.id in cancelled)
        endings.append(over(seen, said))
    counted = [seen for seen in endings if seen.standing is Standing.ENDED]
    return next(reversed(counted or endings), None)


def _noted(blank: Seen, fact: Fact) -> Seen:
    """Return how it ended, as it was recorded once."""
    values = fact.values
    seen = replace(blank, at=fact.at, why=values["state"], starts=values.get("starts", 1))
    return over(seen, values["cause"])


def _called_off(seen: Seen, facts: Sequence[Fact]) -> Seen:
    """Tell what a person cancelled with otplan from what otplan cancelled for a plan."""
    asked = any(f.kind is FactKind.CANCELLED and f.values.get("person") for f in facts)
    return replace(seen, cause=CALLED_OFF) if asked and seen.standing is Standing.VOID else seen
