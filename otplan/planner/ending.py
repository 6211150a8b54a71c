"""How a job ended, what it says of itself, and what of that is no failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from signal import SIGKILL

from otplan.core.evidence import Evidence, Finding, Result
from otplan.core.job import Job, JobState
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Seen, Standing
from otplan.core.values import Time

TEMPFAIL = 75
"""What a script ends with when it stopped on purpose (sysexits.h); result.json says why."""

NO_FAILURE = frozenset({"twin", "superseded"})
"""Causes that a script gives when another attempt, or another job of this one, has the work."""

KILLED = "killed"
"""The cause of a SIGKILL that nobody asked for: most likely memory, so no other start cures it."""

CALLED_OFF = "called_off"
"""The cause of what a person cancelled with otplan: no failure, and not made again unasked."""


def cause_of(job: Job, n: int, evidence: Evidence | None, *, cancelled: bool) -> str:
    """Return why a job ended: empty for success, `void` where it is no failure.

    The scheduler's state outranks what the script wrote, which only tells apart the ways of
    stopping on purpose. `cancelled` says that otplan asked for the end. A script that ends by
    itself has no signal: one that was killed left no word, and an older one is of another start.
    Where no cgroup bounds a job, slurmstepd kills it so for its memory (slurm.conf(5),
    OverMemoryKill).
    """
    result = evidence.results.get(n) if evidence else None
    own = result is not None and wrote(job, result)
    match job.state:
        case JobState.COMPLETED:
            return ""
        case JobState.CANCELLED:
            twin = result is not None and not own
            # Slurm gives a job that was cancelled while it waited its end as its start.
            never = not job.started or (job.started == job.ended and result is None)
            return "void" if cancelled or never or twin else "cancelled"
        case JobState.FAILED if job.signal == SIGKILL:
            return KILLED
        case JobState.FAILED if result is not None and own:
            return by_word(result)
        case JobState.FAILED if job.exit_code == TEMPFAIL and _looked(evidence):
            # A twin writes nothing, for the result belongs to who holds the claim.
            return "void"
        case _:
            return str(job.state.value).lower()


def starts_of_job(job: Job, n: int, evidence: Evidence | None) -> int:
    """Return how many starts of a job ended in failure: those it noted, and one it could not.

    A start that was killed without time for a last word left no result.
    """
    result = evidence.results.get(n) if evidence else None
    theirs = result is not None and not wrote(job, result)
    noted = evidence.endings.get(n, 0) if evidence and not theirs else 0
    by_itself = job.state is JobState.FAILED and not job.signal
    spoke = by_itself and (result is not None or not noted)
    ended = job.state in (JobState.COMPLETED, JobState.CANCELLED)
    return max(1, noted) if spoke or ended else noted + 1


def wrote(job: Job, result: Result) -> bool:
    """Tell whether a result is this job's own; an element's is `<id>_<element>`."""
    own = job.ref.id if job.element is None else f"{job.ref.id}_{job.element}"
    return result.job == own


def _looked(evidence: Evidence | None) -> bool:
    """Tell whether the folder could be looked at."""
    return evidence is not None and evidence.finding is not Finding.UNKNOWN


def by_word(result: Result) -> str:
    """Return the cause by a script's own last word."""
    if result.cause in NO_FAILURE:
        return "void"
    return "" if result.exit_code == 0 else result.cause or "failed"


def over(seen: Seen, said: str) -> Seen:
    """Return an ended attempt with its cause; `void` is no failure."""
    void = said in ("void", CALLED_OFF)
    return replace(seen, standing=Standing.VOID if void else Standing.ENDED, cause=said)


def withdrawn(facts: Sequence[Fact]) -> Fact | None:
    """Return the last word that no job will come of an intent, unless it was sent again since."""
    rounds = sum(fact.kind is FactKind.RESENT for fact in facts)
    words = [fact for fact in facts if fact.kind is FactKind.WITHDRAWN]
    return next((one for one in reversed(words) if one.values.get("round", 0) == rounds), None)


def named(facts: Sequence[Fact], kind: FactKind) -> dict[str, Time]:
    """Return the jobs that facts of a kind name, and when that was noted."""
    return {str(fact.values.get("job", "")): fact.at for fact in facts if fact.kind is kind}
