"""A stage whose jobs are queued or running: kept, changed in place, or replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, takewhile

from otplan.core.job import JobRef
from otplan.core.plan import Action, Change, Reason
from otplan.core.snapshot import Seen, Standing
from otplan.core.stage import Stage
from otplan.planner import diff
from otplan.planner.around import Around, Outlook
from otplan.planner.beyond import beyond
from otplan.planner.mends import NEVER, Fix, declared, edges, gated, held, refs
from otplan.planner.owners import owner
from otplan.planner.verdict import Mood, Verdict, starts_of
from otplan.planner.waits import first_hopeless

_WAITS = "Dependency"


def keep_live(
    kept: Change, stage: Stage, verdicts: Sequence[Verdict], around: Around
) -> tuple[Change, ...]:
    """Return what to do about live jobs: nothing, most of the time.

    An array with an element that runs counts as running: it is kept as it is. Of several queued
    jobs only our own are mended.
    """
    live = {e: v.keep for e, v in enumerate(verdicts) if v.mood is Mood.LIVE and v.keep is not None}
    busy = refs(seen for seen in live.values() if seen.standing is Standing.RUNNING)
    waiting = {e: s for e, s in live.items() if s.job is not None and s.job.ref not in busy}
    kept = replace(kept, jobs=refs(live.values()))
    if not waiting:
        return (_noted(kept, stage, tuple(live.values()), around),)
    mine = {e: s for e, s in waiting.items() if owner(s) == around.snapshot.user}
    if mine and (parent := gated(stage, around)):
        return (_called_back(kept, parent, refs(mine.values())),)
    theirs = [seen for e, seen in waiting.items() if e not in mine]
    mended = _mended(kept, stage, mine, verdicts, around) if mine else (kept,)
    return (_left(kept, stage, theirs, around),) if theirs and mended == (kept,) else mended


def _called_back(kept: Change, parent: str, jobs: tuple[JobRef, ...]) -> Change:
    """Cancel queued jobs whose gate closed: no edge keeps them from reading what counts no more."""
    text = f"{parent} is made anew on another cluster; it is submitted again once that is done"
    reason = Reason("gate", text, via=parent)
    return replace(kept, action=Action.CANCEL, reasons=(reason,), jobs=jobs, cancels=jobs)


def _mended(
    kept: Change,
    stage: Stage,
    waiting: Mapping[int, Seen],
    verdicts: Sequence[Verdict],
    around: Around,
) -> tuple[Change, ...]:
    """Return what queued jobs need: other edges, other limits, their release, or a person."""
    tied, asked = edges(stage, waiting, around), declared(stage, waiting, around)
    refused = beyond(stage, tuple(waiting) if stage.elements else (), around) if asked else ()
    if refused:
        blocked = replace(kept, action=Action.BLOCKED, reasons=refused, refused=True)
        return (blocked, *_updates(kept, [fix for fix in tied if fix.in_place]))
    stuck = _stuck(waiting.values(), tied=bool(tied), asked=bool(asked))
    if stuck:
        text = f"{stuck}; waiting will not help"
        reason = Reason("stuck", text, help=f"otplan why '{stage.addresses[0]}'")
        return (replace(kept, action=Action.BLOCKED, reasons=(reason,)),)
    if not all(fix.in_place for fix in (*tied, *asked)):
        return (_replaced(kept, stage, waiting, (*tied, *asked), around),)
    return _updated(kept, (*tied, *asked, *held(verdicts, waiting)))


def _left(kept: Change, stage: Stage, theirs: Sequence[Seen], around: Around) -> Change:
    """Keep what somebody else queued as it is, and say where only they can help."""
    who = " and ".join(dict.fromkeys(map(owner, theirs)))
    stuck = _stuck(theirs, tied=False, asked=False) or _in_vain(stage, theirs, around)
    if stuck:
        reason = Reason("stuck", f"{stuck}; only {who} can change it, with otplan apply")
        return replace(kept, action=Action.BLOCKED, reasons=(reason,))
    note = Reason("theirs", f"it is left as {who} submitted it")
    return replace(kept, reasons=(*kept.reasons, note))


def _in_vain(stage: Stage, waiting: Sequence[Seen], around: Around) -> str:
    """Say that a job waits for others that nobody needs any more; empty if it does not."""
    done = (n.fingerprint for n in stage.needs if around.outlooks[n.fingerprint] is Outlook.DONE)
    idle = any(_queues(fingerprint, around) for fingerprint in done)
    if idle and any(seen.job is not None and seen.job.reason == _WAITS for seen in waiting):
        return "what it reads is done, but it waits for a job that is one too many"
    return ""


def _queues(fingerprint: str, around: Around) -> bool:
    """Tell whether a job of any element of a stage is queued."""
    cells = (around.snapshot.cells.get((fingerprint, element)) for element in count())
    known = takewhile(lambda cell: cell is not None, cells)
    return any(
        seen.standing is Standing.QUEUED for cell in known if cell is not None for seen in cell.seen
    )


def _updated(kept: Change, fixes: Sequence[Fix]) -> tuple[Change, ...]:
    """Return a change for each thing that is mended in place, or the stage kept as it is."""
    return _updates(kept, fixes) or (kept,)


def _updates(kept: Change, fixes: Sequence[Fix]) -> tuple[Change, ...]:
    update = replace(kept, action=Action.UPDATE)
    return tuple(
        replace(update, reasons=(f.reason,), jobs=f.jobs, effect=f.effect, fields=f.fields)
        for f in fixes
    )


def _noted(kept: Change, stage: Stage, live: Sequence[Seen], around: Around) -> Change:
    """Keep what runs; if it would be asked for differently now, only say so."""
    old = next((seen for seen in live if seen.digest != stage.digest), None)
    if old is None:
        return kept
    note = Reason(
        "running_unchanged",
        "it runs as it was submitted; the change counts for the next attempt",
        fields=diff.redeclared(stage, old.declared, around.graph),
    )
    return replace(kept, reasons=(*kept.reasons, note))


def _stuck(waiting: Iterable[Seen], *, tied: bool, asked: bool) -> str:
    """Return why waiting will not help, unless that is about to be mended; empty if it may."""
    said = {seen.job.reason for seen in waiting if seen.job is not None}
    return first_hopeless(why for why in said if not (tied if why == NEVER else asked))


def _replaced(
    kept: Change,
    stage: Stage,
    waiting: Mapping[int, Seen],
    fixes: Sequence[Fix],
    around: Around,
) -> Change:
    """Submit anew what only waits; its queued jobs go once the new one is in."""
    attempts = around.snapshot.attempts.get(stage.fingerprint, ())
    seconds, limits = stage.limits.time or 0, stage.limits
    jobs = refs(waiting.values())
    return replace(
        kept,
        action=Action.REPLACE,
        reasons=tuple(fix.reason for fix in fixes),
        n=1 + max((attempt.n for attempt in attempts), default=0),
        elements=tuple(waiting) if stage.elements else (),
        jobs=jobs,
        cancels=jobs,
        starts=max(1, stage.attempts - _used(stage, waiting, around)),
        seconds=seconds,
        gpu_seconds=limits.nodes * limits.gpus * seconds * len(waiting),
    )


def _used(stage: Stage, waiting: Iterable[int], around: Around) -> int:
    """Return how many starts of these elements ended in failure already."""
    cells = (around.snapshot.cell(stage.fingerprint, element) for element in waiting)
    return max(map(starts_of, cells), default=0)
