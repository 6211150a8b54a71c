"""What can be said of an attempt that no scheduler knows a job of: unknown is never absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.evidence import Evidence
from otplan.core.job import Job
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Seen, Standing
from otplan.core.values import Time
from otplan.planner.ending import by_word, named, over, withdrawn, wrote
from otplan.planner.sight import Sight

GRACE = 600
"""Seconds beyond a scheduler's own memory before a job it does not know is lost."""


def absent(
    blank: Seen,
    facts: Sequence[Fact],
    evidence: Evidence | None,
    look: Sight,
    doubted: Job | None,
) -> Seen:
    """Say what can be said of an attempt no scheduler knows a job of.

    Unknown is never absent and never failed. What accounting calls pending is not doubted: the
    queue alone starts jobs, and one that it does not know will never run.
    """
    if doubted is not None and (doubt := _doubt(blank, evidence, look, doubted)):
        return replace(blank, why=doubt)
    submitted = [fact for fact in facts if fact.kind is FactKind.SUBMITTED]
    if submitted:
        jobs = named(facts, FactKind.SUBMITTED)
        cancelled = jobs.keys() <= named(facts, FactKind.CANCELLED).keys()
        return _gone(blank, submitted, evidence, look, cancelled=cancelled)
    if no_job := withdrawn(facts):
        return _unsent(blank, str(no_job.values.get("why", "")))
    resent = (fact.at for fact in facts if fact.kind is FactKind.RESENT)
    unanswered = _unanswered(blank, look, max(resent, default=blank.attempt.at))
    if unanswered.standing is Standing.UNSENT:
        # The fact of its job may be lost, and the job forgotten: then its own word is left.
        return _by_its_word(blank, evidence) or unanswered
    return unanswered


def _doubt(blank: Seen, evidence: Evidence | None, look: Sight, doubted: Job) -> str:
    """Return why a job that only accounting calls live cannot be judged; empty where it can."""
    result = evidence.results.get(blank.attempt.n) if evidence else None
    ours = doubted.user in ("", look.user)
    if doubted.state.queued or (ours and result is not None and wrote(doubted, result)):
        return ""
    said = f"accounting says {doubted.state.value} of job {doubted.ref.id}"
    return f"{said}, which the queue does not know any more"


def _by_its_word(blank: Seen, evidence: Evidence | None) -> Seen | None:
    """Judge an attempt by what its newest start wrote last; None where it wrote nothing."""
    result = evidence.results.get(blank.attempt.n) if evidence else None
    if evidence is None or result is None:
        return None
    starts = max(1, evidence.endings.get(blank.attempt.n, 0))
    return over(replace(blank, why="by its own last word", starts=starts), by_word(result))


def _unanswered(blank: Seen, look: Sight, sent: Time) -> Seen:
    """Judge an intent without an outcome: a job may still come of it while it is young.

    It is as old as its last sending.
    One that is dated in the future has no age that can be known: then it is waited for.
    """
    cluster = blank.attempt.cluster
    if why := look.unanswered(cluster):
        return replace(blank, standing=Standing.UNKNOWN, why=why)
    settles = look.abilities[cluster].settles if cluster in look.abilities else 0
    age = look.age(sent, cluster)
    sending = look.holder_alive or blank.attempt.name in look.sending
    if blank.attempt.name in look.unwritten and not (look.offline or sending):
        return _unsent(blank, "it was never sent: whoever meant to was stopped before")
    if look.offline or sending or (settles and age < settles):
        late = age < 0 and "it is dated in the future: the clocks of those who apply differ"
        why = late or _waited_for(settles - age)
        return replace(blank, standing=Standing.SUBMITTING, why=why)
    return _unsent(blank, "its submission was never answered, and no job came of it")


def _waited_for(seconds: int) -> str:
    """Say that a submission was not answered, and how long its job may still appear."""
    said = "its submission has not been answered yet"
    return (
        f"{said}; a job may still come of it for {seconds // 60 + 1} min" if seconds > 0 else said
    )


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
    noted = evidence.endings.get(attempt.n, 0) if evidence else 0
    jobs = {str(fact.values.get("job", "")) for fact in submitted}
    word = _by_its_word(blank, evidence)
    if word is not None and result is not None and result.job.partition("_")[0] in jobs:
        return word
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
        return over(replace(blank, why="cancelled, and forgotten since"), "void")
    why = "the scheduler does not know it any more, and it left no word"
    return replace(blank, standing=Standing.LOST, cause="lost", why=why, starts=noted + 1)
