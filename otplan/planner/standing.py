"""Where one attempt stands: a live job beats an ended one, and that beats the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.evidence import Evidence, Finding, Result
from otplan.core.job import Job, JobState
from otplan.core.record import Attempt, Fact, FactKind
from otplan.core.snapshot import Seen, Standing
from otplan.core.values import Time
from otplan.planner.sight import Sight

TEMPFAIL = 75
"""What a script ends with when it stopped on purpose (sysexits.h); result.json says why."""

GRACE = 600
"""Seconds beyond a scheduler's own memory before a job it does not know is lost."""


NO_FAILURE = frozenset({"twin", "superseded"})
"""Causes that a script gives when another attempt, or another job of this one, has the work."""


CALLED_OFF = "called_off"
"""The cause of what a person cancelled with otplan: no failure, and not made again unasked."""


def standings(
    attempt: Attempt, element: int, facts: Sequence[Fact], evidence: Evidence | None, look: Sight
) -> list[Seen]:
    """Return where an attempt at one element stands: once for each live job, else just once.

    `facts` are those of this attempt at this element. Two live jobs of one attempt are twins: a
    submission that was repeated because its answer was lost.
    """
    blank = _sent(attempt, element, facts)
    jobs = _jobs(attempt, element, look)
    live = [job for job in jobs if job.state.live]
    if live:
        return [_living(blank, job) for job in live]
    ended = _ended(blank, jobs, facts, evidence)
    return [_called_off(ended or _absent(blank, facts, evidence, look), facts)]


def _sent(attempt: Attempt, element: int, facts: Sequence[Fact]) -> Seen:
    """Return an attempt with what was last sent for it; where it stands is not known yet."""
    updates = (fact.values for fact in reversed(facts) if fact.kind is FactKind.UPDATED)
    last = next(updates, {})
    return Seen(
        attempt,
        element,
        Standing.UNKNOWN,
        digest=last.get("digest", attempt.digest),
        declared=last.get("declared", attempt.declared),
        at=attempt.at,
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
    cancelled = _named(facts, FactKind.CANCELLED)
    fresh = sorted(
        (job for job in jobs if job.ref.id not in noted),
        key=lambda job: (job.submitted, len(job.ref.id), job.ref.id),
    )
    endings = [
        _over(replace(blank, at=fact.at, why=fact.values["state"]), fact.values["cause"])
        for fact in ended
    ]
    for job in fresh:
        seen = replace(blank, job=job, at=job.ended, why=job.state.value)
        said = _cause(job, blank.attempt.n, evidence, cancelled=job.ref.id in cancelled)
        endings.append(_over(seen, said))
    counted = [seen for seen in endings if seen.standing is Standing.ENDED]
    return next(reversed(counted or endings), None)


def _cause(job: Job, n: int, evidence: Evidence | None, *, cancelled: bool) -> str:
    """Return why a job ended: empty for success, `void` where it is no failure.

    The scheduler's state outranks what the script wrote, which only tells apart the ways of
    stopping on purpose. `cancelled` says that otplan asked for the end.
    """
    result = evidence.results.get(n) if evidence else None
    own = result is not None and _wrote(job, result)
    match job.state:
        case JobState.COMPLETED:
            return ""
        case JobState.CANCELLED:
            twin = result is not None and not own
            return "void" if cancelled or not job.started or twin else "cancelled"
        case JobState.FAILED if result is not None and own:
            return _by_word(result)
        case JobState.FAILED if job.exit_code == TEMPFAIL and _looked(evidence):
            # A twin writes nothing, for the result belongs to who holds the claim.
            return "void"
        case _:
            return str(job.state.value).lower()


def _wrote(job: Job, result: Result) -> bool:
    """Tell whether a result is this job's own; an element's is `<id>_<element>`."""
    own = job.ref.id if job.element is None else f"{job.ref.id}_{job.element}"
    return result.job == own


def _looked(evidence: Evidence | None) -> bool:
    """Tell whether the folder could be looked at."""
    return evidence is not None and evidence.finding is not Finding.UNKNOWN


def _by_word(result: Result) -> str:
    """Return the cause by a script's own last word."""
    if result.cause in NO_FAILURE:
        return "void"
    return "" if result.exit_code == 0 else result.cause or "failed"


def _over(seen: Seen, said: str) -> Seen:
    """Return an ended attempt with its cause; `void` is no failure."""
    void = said in ("void", CALLED_OFF)
    return replace(seen, standing=Standing.VOID if void else Standing.ENDED, cause=said)


def _called_off(seen: Seen, facts: Sequence[Fact]) -> Seen:
    """Tell what a person cancelled with otplan from what otplan cancelled for a plan."""
    asked = any(f.kind is FactKind.CANCELLED and f.values.get("person") for f in facts)
    return replace(seen, cause=CALLED_OFF) if asked and seen.standing is Standing.VOID else seen


def _named(facts: Sequence[Fact], kind: FactKind) -> dict[str, Time]:
    """Return the jobs that facts of a kind name, and when that was noted."""
    return {str(fact.values.get("job", "")): fact.at for fact in facts if fact.kind is kind}


def _absent(blank: Seen, facts: Sequence[Fact], evidence: Evidence | None, look: Sight) -> Seen:
    """Say what can be said of an attempt no scheduler knows a job of.

    Unknown is never absent and never failed.
    """
    submitted = [fact for fact in facts if fact.kind is FactKind.SUBMITTED]
    withdrawn = [fact for fact in facts if fact.kind is FactKind.WITHDRAWN]
    if submitted:
        jobs = _named(facts, FactKind.SUBMITTED)
        cancelled = jobs.keys() <= _named(facts, FactKind.CANCELLED).keys()
        return _gone(blank, submitted, evidence, look, cancelled=cancelled)
    if withdrawn:
        return _unsent(blank, str(withdrawn[-1].values.get("why", "")))
    return _unanswered(blank, look)


def _unanswered(blank: Seen, look: Sight) -> Seen:
    """Judge an intent without an outcome: a job may still come of it while it is young.

    One that is dated in the future has no age that can be known: then it is waited for.
    """
    cluster = blank.attempt.cluster
    if why := look.unanswered(cluster):
        return replace(blank, standing=Standing.UNKNOWN, why=why)
    settles = look.abilities[cluster].settles if cluster in look.abilities else 0
    age = look.age(blank.attempt.at, cluster)
    if look.offline or look.holder_alive or (settles and age < settles):
        late = age < 0 and "it is dated in the future: the clocks of those who apply differ"
        why = late or "its submission has not been answered yet"
        return replace(blank, standing=Standing.SUBMITTING, why=why)
    return _unsent(blank, "its submission was never answered, and no job came of it")


def _unsent(blank: Seen, why: str) -> Seen:
    """Return an intent of which no job came."""
    return replace(blank, standing=Standing.UNSENT, why=why)


def _gone(
    blank: Seen,
    submitted: Sequence[Fact],
    evidence: Evidence | None,
    look: Sight,
    *,
    cancelled: bool,
) -> Seen:
    """Judge a job that was submitted and that the scheduler, if it answered, does not know."""
    attempt = blank.attempt
    if look.offline:
        return replace(blank, standing=Standing.QUEUED, why="as last recorded")
    if why := look.unanswered(attempt.cluster):
        return replace(blank, standing=Standing.UNKNOWN, why=why)
    result = evidence.results.get(attempt.n) if evidence else None
    jobs = {str(fact.values.get("job", "")) for fact in submitted}
    if result is not None and result.job.partition("_")[0] in jobs:
        return _over(replace(blank, why="by its own last word"), _by_word(result))
    # What one user intended another one may have sent.
    users = {str(fact.values.get("user", attempt.user)) for fact in submitted}
    if users != {look.user}:
        who = " and ".join(sorted(users))
        return replace(blank, why=f"only {who} can see whether its job still lives")
    forgets = look.abilities[attempt.cluster].forgets if attempt.cluster in look.abilities else 0
    young = look.age(max(fact.at for fact in submitted), attempt.cluster) < (forgets or 0) + GRACE
    if forgets is not None and young:
        return replace(blank, why="its scheduler does not know it, and it is too young to be lost")
    if cancelled:
        return _over(replace(blank, why="cancelled, and forgotten since"), "void")
    why = "the scheduler does not know it any more, and it left no word"
    return replace(blank, standing=Standing.LOST, cause="lost", why=why)
