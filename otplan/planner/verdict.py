"""What one element of one stage is waiting for, before its neighbours are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from otplan.core.evidence import Evidence
from otplan.core.plan import Reason
from otplan.core.snapshot import Cell, Seen, Standing
from otplan.core.stage import Stage
from otplan.planner.ending import CALLED_OFF
from otplan.planner.waits import in_words

RETRIED = frozenset(
    {
        *("failed", "timeout", "no_evidence", "lost"),
        *("server_died", "server_late", "tunnel", "incomplete"),
    }
)
"""Causes that another start may cure, by the script as by a plan.

Out of memory, a SIGKILL that looks like it, and a person's scancel are not among them.
"""

INTERRUPTED = frozenset({"node_fail", "boot_fail", "preempted"})
"""Causes that say nothing about the work: they have a bound of their own."""

NOT_STARTED = frozenset({"inputs", "code", "secrets"})
"""Causes for which a script ended before its program began: no failure of it."""


class Mood(Enum):
    """What an element wants, if its neighbours let it.

    DONE · LIVE · READY to be submitted · VANISHED, made anew only if something needs it ·
    FOUND, nobody knows whose · STUCK, a person must decide · WAIT, an answer is missing.
    """

    DONE = "done"
    LIVE = "live"
    READY = "ready"
    VANISHED = "vanished"
    FOUND = "found"
    STUCK = "stuck"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mood with its reason, the live jobs to keep and the twins to cancel.

    `n` is the attempt to send again, 0 for a new one.
    `person` says that only an apply may do it, never `otplan continue`.
    """

    mood: Mood
    reason: Reason
    keep: Seen | None = None
    twins: tuple[Seen, ...] = ()
    n: int = 0
    person: bool = False


def judge(stage: Stage, cell: Cell, *, resubmit: bool = False) -> Verdict:
    """Go down the rules of docs/planning.md for one element; the first that fits decides."""
    live = [seen for seen in cell.seen if seen.standing.live]
    if cell.done is not None and not resubmit:
        idle = tuple(seen for seen in live if seen.standing is Standing.QUEUED)
        return Verdict(Mood.DONE, Reason("done", _made(cell)), twins=idle)
    if live:
        keep = preferred(live, stage.digest)
        return Verdict(
            Mood.LIVE, _living(keep), keep, tuple(seen for seen in live if seen is not keep)
        )
    if waiting := awaited(cell):
        return Verdict(Mood.WAIT, waiting)
    if resubmit:
        return Verdict(Mood.READY, Reason("resubmit", "you asked for it to be made anew"))
    if cell.found is not None:
        return Verdict(Mood.FOUND, _found(stage, cell.found))
    return _unmade(stage, cell)


def _unmade(stage: Stage, cell: Cell) -> Verdict:
    """Judge an element that is not there and that nothing is making, by its last attempt."""
    last = last_counted(cell.seen)
    if cell.vanished and (last is None or last.attempt.n in cell.disbelieved):
        return Verdict(Mood.VANISHED, Reason("lost", f"what it made is gone ({_gone(cell)})"))
    if last is not None and last.attempt.n in cell.disbelieved:
        text = f"what attempt {last.attempt.n} made no longer counts"
        return Verdict(Mood.READY, Reason("resubmit", text))
    if last is not None and last.standing is Standing.UNSENT:
        return Verdict(Mood.READY, Reason("unsent", last.why), n=_again(stage, last))
    if last is not None and last.standing in (Standing.ENDED, Standing.LOST):
        return _failed(stage, cell, last)
    if cell.seen:
        return _void(cell.seen[-1])
    return Verdict(Mood.READY, Reason("new", "nothing was ever submitted for it"))


def _void(last: Seen) -> Verdict:
    """Make again what was cancelled; what a person cancelled, only when a person applies."""
    text = f"attempt {last.attempt.n} was cancelled, which is no failure"
    return Verdict(Mood.READY, Reason("void", text), person=last.cause == CALLED_OFF)


def awaited(cell: Cell) -> Reason | None:
    """Return which answer is missing before an element can be judged, if one is."""
    if cell.unknown:
        return Reason("unknown", cell.unknown)
    for seen in cell.seen:
        if seen.standing is Standing.SUBMITTING:
            return Reason("submitting", seen.why, help="then: otplan continue")
        if seen.standing is Standing.UNKNOWN:
            return Reason("unseen", f"attempt {seen.attempt.n}: {seen.why}")
    return None


def preferred(live: Sequence[Seen], digest: str) -> Seen:
    """Return the running one, else the oldest.

    Of queued ones those go first that are asked for as declared, then those that nobody holds:
    so a replacement that was cut short before its cancel is finished, and not begun again.
    """
    return min(live, key=lambda seen: (*_rank(seen, digest), seen.attempt.n, seen.at))


def _rank(seen: Seen, digest: str) -> tuple[bool, bool, bool]:
    """Return what makes a live job worse than another, however old they are."""
    if seen.standing is Standing.RUNNING:
        return False, False, False
    return True, seen.digest != digest, seen.job is not None and seen.job.held


def last_counted(seen: Sequence[Seen]) -> Seen | None:
    """Return the newest attempt that counts: one that was cancelled by us is no failure."""
    counted = [one for one in seen if one.standing is not Standing.VOID]
    return counted[-1] if counted else None


def _made(cell: Cell) -> str:
    """Say by whom it was made."""
    if cell.done is None or cell.done.attempt == 0:
        return "adopted"
    return f"made by attempt {cell.done.attempt}"


def _living(seen: Seen) -> Reason:
    """Say what a live job is doing."""
    if seen.job is None:
        return Reason("live", f"attempt {seen.attempt.n} was submitted, {seen.why}")
    queued = seen.standing is Standing.QUEUED
    waits = in_words(seen.job.reason) if queued else ""
    return Reason(
        "live", f"attempt {seen.attempt.n} is {seen.standing.value} as job {seen.job.ref.id}{waits}"
    )


def _found(stage: Stage, found: Evidence) -> Reason:
    """Say that something is there that nobody recorded."""
    address = stage.addresses[0]
    return Reason(
        "found",
        found.why or f"{found.output} holds exactly this, but no record says who made it",
        help=f"otplan adopt '{address}'",
    )


def _gone(cell: Cell) -> str:
    """Name what vanished."""
    attempts = ", ".join(f"attempt {n}" for n in cell.disbelieved)
    return attempts or "as recorded"


def _again(stage: Stage, last: Seen) -> int:
    """Return the same n where the same order would be sent, so that a late twin meets its claim."""
    return last.attempt.n if last.attempt.digest == stage.digest else 0


def _failed(stage: Stage, cell: Cell, last: Seen) -> Verdict:
    """Judge a failure by its cause: another start, changed means, a person's word, or stuck."""
    cause = last.cause or "no_evidence"
    starts, losses = starts_of(cell), len(_ends(cell, interrupted=True))
    words = FAILURES.get(cause, f"ended {cause}")
    if cell.retry >= last.attempt.n:
        text = f"attempt {last.attempt.n} {words}; you asked for another"
        return Verdict(Mood.READY, Reason("retry", text), person=True)
    if cause in NOT_STARTED:
        text = f"attempt {last.attempt.n} {words}, so its program never started"
        return Verdict(Mood.READY, Reason("not_started", text), person=True)
    if cause in INTERRUPTED and losses <= stage.interruptions:
        text = f"attempt {last.attempt.n} {words}, {losses} of {stage.interruptions} times allowed"
        return Verdict(Mood.READY, Reason("again", text))
    if cause in RETRIED and starts < stage.attempts:
        text = f"attempt {last.attempt.n} {words}; {starts} of {stage.attempts} starts are used"
        return Verdict(Mood.READY, Reason("again", text))
    if last.digest != stage.digest:
        return Verdict(
            Mood.READY,
            Reason(
                "changed_order",
                f"attempt {last.attempt.n} {words}; it is asked for differently now",
            ),
        )
    help_ = f"otplan why '{stage.addresses[0]}'\notplan retry '{stage.addresses[0]}'"
    return Verdict(Mood.STUCK, Reason("failed", f"attempt {last.attempt.n} {words}", help=help_))


def starts_of(cell: Cell) -> int:
    """Return how many starts ended in failure or at the time limit since a person's last word."""
    return sum(seen.starts for seen in _ends(cell, interrupted=False))


def _ends(cell: Cell, *, interrupted: bool) -> list[Seen]:
    """Return the attempts that count and are over: those that were interrupted, or the others."""
    return [
        seen
        for seen in cell.seen
        if seen.standing in (Standing.ENDED, Standing.LOST)
        and seen.attempt.n > cell.retry
        and seen.attempt.n not in cell.disbelieved
        and (seen.cause in INTERRUPTED) == interrupted
    ]


FAILURES = {
    "failed": "failed",
    "timeout": "ran into its time limit",
    "out_of_memory": "ran out of memory",
    "killed": "was killed, most likely for its memory",
    "node_fail": "lost its node",
    "boot_fail": "got a node that did not boot",
    "preempted": "was preempted",
    "interrupted": "lost its node or was preempted too often",
    "deadline": "missed its deadline",
    "cancelled": "was cancelled by somebody",
    "lost": "is lost: its scheduler does not know it any more",
    "server_died": "lost the model server beside it",
    "server_late": "waited for a model server that did not answer in time",
    "tunnel": "had no tunnel to the model server",
    "incomplete": "has too few trials that ended with a result",
    "no_evidence": "ended with 0, but what it should have made is not there",
    "inputs": "stopped because an input was not what the plan said",
    "code": "found no code to run",
    "secrets": "could not read its secrets file",
}
"""How an attempt ended, as the rest of a sentence that begins with `attempt 2`."""
