"""Live jobs of what is no longer wanted: cancelled while queued, asked about while running."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import mul

from otplan.core.job import JobRef
from otplan.core.plan import Action, Change, Reason
from otplan.core.record import Attempt
from otplan.core.snapshot import Cell, Seen, Snapshot, Standing
from otplan.planner.owners import owner
from otplan.planner.policy import Policy
from otplan.planner.verdict import awaited


def unwanted(snapshot: Snapshot, wanted: Iterable[str]) -> dict[str, tuple[Attempt, ...]]:
    """Return the recorded attempts of fingerprints that no stage of the manifest wants."""
    keep = set(wanted)
    return {f: attempts for f, attempts in snapshot.attempts.items() if f not in keep}


def live_of(snapshot: Snapshot, fingerprint: str) -> tuple[Seen, ...]:
    """Return the live jobs of a fingerprint, over all its elements."""
    cells = cells_of(snapshot, fingerprint)
    return tuple(seen for cell in cells for seen in cell.seen if seen.standing.live)


def cells_of(snapshot: Snapshot, fingerprint: str) -> list[Cell]:
    """Return the cells of a fingerprint that is recorded, in the order of their elements."""
    rows = snapshot.attempts[fingerprint]
    last = max((element for row in rows for element in row.elements), default=0)
    return [snapshot.cell(fingerprint, element) for element in range(last + 1)]


def state_of(snapshot: Snapshot, fingerprint: str) -> str:
    """Return in one word where a fingerprint that no stage wants stands, as far as is known."""
    cells = cells_of(snapshot, fingerprint)
    if all(cell.done for cell in cells):
        return "done"
    seen = [one for cell in cells for one in cell.seen]
    standings = {one.standing for one in seen}
    order = (Standing.RUNNING, Standing.QUEUED, Standing.SUBMITTING, Standing.UNKNOWN)
    first = next((standing.value for standing in order if standing in standings), "")
    return first or (seen[-1].cause or "ended" if seen else "forgotten")


def displaced(
    main: Change, stale: Sequence[Seen], policy: Policy, snapshot: Snapshot
) -> tuple[Change, ...]:
    """Return the stage's change together with what happens to the jobs it displaces (rule 5).

    Queued ones go once the new one is in, never before; running ones need a permission.
    """
    if not stale:
        return (main,)
    running = [seen for seen in stale if seen.standing is Standing.RUNNING]
    asks = _asks(running, policy, snapshot)
    # An array of which one element runs is spared whole: it is cancelled by its id.
    spared = _refs(running) if asks else ()
    going = tuple(job for job in _refs(stale) if job not in spared)
    if main.action is Action.SUBMIT:
        return (
            _stopped(main, asks) if asks else replace(main, action=Action.REPLACE, cancels=going),
        )
    found = [main]
    if asks:
        found.append(_beside(main, Action.BLOCKED, asks, jobs=_refs(running)))
    if main.action in (Action.KEEP, Action.UPDATE, Action.REPLACE):
        reason = Reason("displaced", "what it was declared as before is no longer wanted")
        gone = [_beside(main, Action.CANCEL, reason, jobs=going, cancels=going)] if going else []
        return (*found, *gone)
    if going:
        reason = Reason("old_queued", f"job {_ids(going)} of before goes once the new one is in")
        found[0] = replace(main, reasons=(*main.reasons, reason))
    return tuple(found)


def _asks(running: Sequence[Seen], policy: Policy, snapshot: Snapshot) -> Reason | None:
    """Return what a person must allow before what runs may give way."""
    if not running or policy.replace_running:
        return None
    jobs = _ids(_refs(running))
    text = f"job {jobs} still runs what was declared before; {_lost(running, snapshot)}"
    return Reason("old_running", text, help="otplan apply --replace-running")


def _stopped(main: Change, reason: Reason) -> Change:
    """Hold a submission back until a person allowed what it displaces."""
    return replace(
        main,
        action=Action.BLOCKED,
        reasons=(reason, *main.reasons),
        state="running",
        n=0,
        elements=(),
        disbelieved=(),
        seconds=0,
        gpu_seconds=0,
    )


def _beside(
    main: Change,
    action: Action,
    reason: Reason,
    *,
    jobs: tuple[JobRef, ...],
    cancels: tuple[JobRef, ...] = (),
) -> Change:
    """Return another change of the same stage, about other jobs than its own."""
    return Change(
        action=action,
        label=main.label,
        addresses=main.addresses,
        fingerprint=main.fingerprint,
        digest=main.digest,
        reasons=(reason,),
        cluster=main.cluster,
        jobs=jobs,
        cancels=cancels,
        place=main.place,
    )


def undeclared(fingerprint: str, snapshot: Snapshot, policy: Policy) -> Change:
    """Return what happens to a record of ours that the manifest no longer declares (rule 6)."""
    last = snapshot.attempts[fingerprint][-1]
    live = [seen for seen in live_of(snapshot, fingerprint) if owner(seen) == snapshot.user]
    running = [seen for seen in live if seen.standing is Standing.RUNNING]
    state = state_of(snapshot, fingerprint)
    if running and not policy.cancel_running:
        jobs = _ids(_refs(running))
        text = f"no longer declared, and job {jobs} runs; {_lost(running, snapshot)}"
        reason = Reason("undeclared_running", text, help="otplan apply --cancel-running")
        return replace(_record(last, Action.BLOCKED, reason, state), jobs=_refs(live))
    if live:
        change = _record(last, Action.CANCEL, Reason("undeclared", "no longer declared"), state)
        return replace(change, cancels=_refs(live), jobs=_refs(live))
    waiting = (awaited(cell) for cell in cells_of(snapshot, fingerprint) if cell.done is None)
    missing = next((reason for reason in waiting if reason is not None), None)
    if missing is not None:
        return _record(last, Action.UNKNOWN, missing, state)
    again = "; declare it again and it is done" if state == "done" else ""
    return _record(last, Action.REST, Reason("archived", f"no longer declared{again}"), state)


def _record(attempt: Attempt, action: Action, reason: Reason, state: str) -> Change:
    """Return a change about a record, where there is no stage any more."""
    return Change(
        action=action,
        label=f"{attempt.address}/{attempt.role}",
        addresses=(attempt.address,),
        fingerprint=attempt.fingerprint,
        digest=attempt.digest,
        reasons=(reason,),
        cluster=attempt.cluster,
        state=state,
    )


def _refs(seen: Sequence[Seen]) -> tuple[JobRef, ...]:
    """Return the jobs, each once."""
    return tuple(dict.fromkeys(one.job.ref for one in seen if one.job is not None))


def _ids(jobs: Sequence[JobRef]) -> str:
    """Return the ids of jobs as a list."""
    return ", ".join(job.id for job in jobs)


def _lost(running: Sequence[Seen], snapshot: Snapshot) -> str:
    """Say what cancelling would lose: GPU-hours, or the hours of a job without GPUs."""
    hours = [max(snapshot.at - seen.at, 0) / 3600 for seen in running]
    gpus = [_asked(seen, "nodes", 1) * _asked(seen, "gpus", 0) for seen in running]
    if not any(gpus):
        return f"{sum(hours):.1f} h of it would be lost"
    return f"{sum(map(mul, hours, gpus)):.1f} GPU-hours of it would be lost"


def _asked(seen: Seen, field: str, default: int) -> int:
    """Return a number that an attempt was declared with; it may count for the result or not."""
    both = {**seen.attempt.components, **seen.declared}
    return int(both[field]) if both.get(field, "").isdecimal() else default
