"""One stage, its elements judged, between its parents and its past: the changes it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from otplan.core import login
from otplan.core.job import JobRef
from otplan.core.plan import Action, Change, Reason
from otplan.core.snapshot import Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.errors import Place
from otplan.planner import diff
from otplan.planner.around import Around, Outlook
from otplan.planner.beyond import beyond
from otplan.planner.fetches import brought
from otplan.planner.live import keep_live
from otplan.planner.mends import gated
from otplan.planner.outside import hindered
from otplan.planner.stale import displaced
from otplan.planner.twins import superfluous
from otplan.planner.verdict import Mood, Verdict, starts_of


@dataclass(frozen=True, slots=True)
class Decided:
    """The changes of one stage, and what they mean to those who read it.

    `moves` says that other jobs than now will make it, or none: queued children need new edges.
    """

    changes: tuple[Change, ...]
    outlook: Outlook
    moves: bool


def decide(stage: Stage, verdicts: Sequence[Verdict], around: Around) -> Decided:
    """Return the changes of one stage, its own first, then what must be cancelled beside it."""
    own = _own(stage, verdicts, around)
    first, *beside = displaced(own[0], around.stale, around.policy, around.snapshot)
    many = superfluous(stage, verdicts, around.snapshot)
    cancels = [_cancel(stage, reason, jobs) for reason, jobs in many]
    outlook = _outlook(first, verdicts)
    return Decided(
        changes=(first, *own[1:], *beside, *cancels),
        outlook=outlook,
        moves=outlook is Outlook.COMING or bool(many),
    )


def _own(stage: Stage, verdicts: Sequence[Verdict], around: Around) -> tuple[Change, ...]:
    """Return what happens to the stage itself; only live jobs may need several changes."""
    waiting = _first(verdicts, Mood.WAIT)
    if waiting is not None:
        return (change(stage, Action.UNKNOWN, waiting.reason, around),)
    ready = _ready(verdicts, needed=around.needed)
    if ready:
        return (_submit(stage, verdicts, ready, around),)
    for mood, action in ((Mood.STUCK, Action.BLOCKED), (Mood.FOUND, Action.ADOPT)):
        first = _first(verdicts, mood)
        if first is not None:
            return (change(stage, action, first.reason, around),)
    live = _first(verdicts, Mood.LIVE)
    if live is not None:
        return keep_live(change(stage, Action.KEEP, live.reason, around), stage, verdicts, around)
    kept = _first(verdicts, Mood.VANISHED) or verdicts[0]
    return (change(stage, Action.KEEP, kept.reason, around),)


def _outlook(main: Change, verdicts: Sequence[Verdict]) -> Outlook:
    """Return what a child may expect: the whole product, or nothing."""
    moods = {verdict.mood for verdict in verdicts}
    if moods & {Mood.STUCK, Mood.FOUND}:
        return Outlook.NOTHING
    if main.action in (Action.SUBMIT, Action.REPLACE):
        return Outlook.COMING
    if main.action not in (Action.KEEP, Action.UPDATE) or Mood.VANISHED in moods:
        return Outlook.NOTHING
    return Outlook.LIVE if Mood.LIVE in moods else Outlook.DONE


def _first(verdicts: Sequence[Verdict], mood: Mood) -> Verdict | None:
    """Return the first verdict of a mood."""
    return next((verdict for verdict in verdicts if verdict.mood is mood), None)


def _ready(verdicts: Sequence[Verdict], *, needed: bool) -> list[int]:
    """Return the elements to submit; what vanished is remade only where it is needed."""
    moods = {Mood.READY, Mood.VANISHED} if needed else {Mood.READY}
    return [element for element, verdict in enumerate(verdicts) if verdict.mood in moods]


def _submit(
    stage: Stage, verdicts: Sequence[Verdict], ready: Sequence[int], around: Around
) -> Change:
    """Submit the ready elements, unless a parent, the queue or the site has nothing to give.

    What the other elements need of a person is said along with it.
    """
    silent = around.snapshot.unknown.get(stage.cluster)
    if silent:
        return change(stage, Action.UNKNOWN, Reason("unknown", silent), around)
    stopped = _stopped(stage, around)
    if stopped is not None:
        return change(stage, *stopped, around)
    if (site := login.site(stage.cluster)) and not around.policy.login:
        text = f"only the login node of {site} has the internet that it needs"
        reason = Reason("login", text, help="otplan sync --publish")
        waits = change(stage, Action.REST, reason, around)
        return replace(waits, unapproved=not _approved(stage, around.snapshot))
    refused = beyond(stage, tuple(ready) if stage.elements else (), around)
    if refused:
        blocked = change(stage, Action.BLOCKED, refused[0], around)
        return replace(blocked, reasons=refused, refused=True)
    submitted = change(stage, Action.SUBMIT, _reason(stage, verdicts[ready[0]], around), around)
    stays = (_first(verdicts, mood) for mood in (Mood.STUCK, Mood.FOUND))
    return replace(
        submitted,
        reasons=(*submitted.reasons, *(v.reason for v in stays if v is not None)),
        n=_number(stage, verdicts, ready, around.snapshot),
        elements=tuple(ready) if stage.elements else (),
        person=any(verdicts[element].person for element in ready),
        take_over=stage.fingerprint in around.policy.take_over
        and bool(around.snapshot.cell(stage.fingerprint, 0).foreign),
        disbelieved=_disbelieved(stage, ready, around),
        starts=_starts(stage, ready, around),
        seconds=stage.limits.time or 0,
        gpu_seconds=stage.limits.nodes * stage.limits.gpus * (stage.limits.time or 0) * len(ready),
    )


def _reason(stage: Stage, verdict: Verdict, around: Around) -> Reason:
    """Prefer the field that changed over the bare fact that nothing is there."""
    if stage.unpinned:
        return Reason(
            "unpinned", "a revision it reads is not pinned, and cannot be looked up from here"
        )
    before = diff.previous(stage, around.names) if verdict.reason.code == "new" else None
    return diff.changed(stage, before, around.graph) if before else verdict.reason


def _stopped(stage: Stage, around: Around) -> tuple[Action, Reason] | None:
    """Return why it cannot be submitted yet: a parent, a gate, or a job outside the manifest.

    No job can wait for one of another cluster: there it waits for the product itself.
    """
    for need in stage.needs:
        parent, outlook = around.graph.labels[need.fingerprint], around.outlooks[need.fingerprint]
        if outlook is Outlook.NOTHING:
            return Action.REST, Reason("upstream", f"waits for {parent}", via=parent)
    if parent := gated(stage, around):
        repo = brought(stage)
        done = f"has verified {repo} on the Hub" if repo else "is done on its own cluster"
        text = f"waits until {parent} {done}"
        return Action.REST, Reason("gate", text, via=parent, help="otplan continue")
    return hindered(stage, around.snapshot)


def _approved(stage: Stage, snapshot: Snapshot) -> bool:
    """Tell whether the newest approval has a stage."""
    approval = snapshot.recorded.approval
    stages = approval.graph.stages if approval else ()
    return any(one.fingerprint == stage.fingerprint for one in stages)


def _number(
    stage: Stage, verdicts: Sequence[Verdict], ready: Sequence[int], snapshot: Snapshot
) -> int:
    """Return the attempt to make: the one whose order was never answered, else the next."""
    attempts = snapshot.attempts.get(stage.fingerprint, ())
    again = {verdicts[element].n for element in ready}
    if len(again) == 1 and (n := again.pop()):
        row = next(one for one in attempts if one.n == n)
        if not stage.elements or row.elements == tuple(ready):
            return n
    return 1 + max((attempt.n for attempt in attempts), default=0)


def _starts(stage: Stage, ready: Sequence[int], around: Around) -> int:
    """Return how many starts may still end in failure, over all submissions; one at least."""
    used = (starts_of(around.snapshot.cell(stage.fingerprint, e)) for e in ready)
    return max(1, stage.attempts - max(used, default=0))


def _disbelieved(stage: Stage, ready: Sequence[int], around: Around) -> tuple[int, ...]:
    """Return the attempts whose marker must not stop the new one."""
    cells = [around.snapshot.cell(stage.fingerprint, element) for element in ready]
    gone = {n for cell in cells for n in cell.disbelieved}
    if stage.fingerprint in around.policy.resubmit:
        gone |= {e.attempt for cell in cells for e in (cell.done, cell.found) if e is not None}
    return tuple(sorted(gone))


def _cancel(stage: Stage, reason: Reason, jobs: tuple[JobRef, ...]) -> Change:
    """Cancel jobs of this stage that are too many."""
    return replace(_bare(stage, Action.CANCEL, reason), jobs=jobs, cancels=jobs)


def change(stage: Stage, action: Action, reason: Reason, around: Around) -> Change:
    """Return a change of this stage, with what it is doing now and the line that declares it."""
    cells = [around.snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    seen = [one for cell in cells for one in cell.seen]
    state = _state(seen, done=all(cell.done for cell in cells))
    resource = around.graph.resources.get(stage.addresses[0])
    return _bare(stage, action, reason, state, resource.place if resource else None)


def _bare(
    stage: Stage, action: Action, reason: Reason, state: str = "", place: Place | None = None
) -> Change:
    """Return the part of a change that the stage decides."""
    return Change(
        action=action,
        label=stage.label,
        addresses=tuple(map(str, stage.addresses)),
        fingerprint=stage.fingerprint,
        digest=stage.digest,
        reasons=(reason,),
        cluster=stage.cluster,
        state=state,
        place=place,
        shown=stage.program.extra.get("shown", ""),
    )


def _state(seen: Sequence[Seen], *, done: bool) -> str:
    """Return what the stage is doing now, in one word."""
    if done:
        return "done"
    standings = {one.standing for one in seen}
    for standing in (Standing.RUNNING, Standing.QUEUED, Standing.SUBMITTING, Standing.UNKNOWN):
        if standing in standings:
            return str(standing.value)
    return seen[-1].cause or seen[-1].standing.value if seen else ""
