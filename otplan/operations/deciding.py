"""A person's word about stages: retry, cancel, adopt, forget. Each notes facts, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.core.evidence import Finding
from otplan.core.record import Fact, FactKind
from otplan.core.report import Outcome
from otplan.core.snapshot import Cell, Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.errors import Usage
from otplan.operations.cancelling import cancel_jobs
from otplan.operations.ground import Ground
from otplan.operations.observe import target_of
from otplan.planner.edges import live_jobs
from otplan.planner.jobs import owners_of
from otplan.planner.learned import verified
from otplan.planner.owners import owner
from otplan.planner.verdict import last_counted

OVER = (Standing.ENDED, Standing.LOST)
OPEN = (Standing.QUEUED, Standing.RUNNING, Standing.SUBMITTING, Standing.UNKNOWN)
"""Of these a job lives, or may."""


def retry(ground: Ground, snapshot: Snapshot, stages: Sequence[Stage]) -> list[Stage]:
    """Allow one more attempt at each stage whose last one failed; return those."""
    facts, allowed = [], []
    for stage in stages:
        last = _last_failed(stage, snapshot)
        if last:
            allowed.append(stage)
            facts.append(
                Fact(stage.fingerprint, 0, FactKind.RETRY, ground.now, values={"after": last})
            )
    if not facts:
        raise Usage("none of these failed, so there is nothing to retry", "otplan status")
    ground.registry.note(ground.workspace, facts)
    return allowed


def _last_failed(stage: Stage, snapshot: Snapshot) -> int:
    """Return the newest attempt of a stage that is over without having made it, else 0.

    What was called off since is no attempt that counts, here as in a plan.
    """
    found = 0
    for element in stage.cells:
        cell = snapshot.cell(stage.fingerprint, element)
        last = last_counted(cell.seen)
        if cell.done is None and last is not None and last.standing in OVER:
            found = max(found, last.attempt.n)
    return found


def cancel(ground: Ground, snapshot: Snapshot, stages: Sequence[Stage]) -> list[Outcome]:
    """Cancel the live jobs of these stages; raise Usage where this user has none."""
    found = dict.fromkeys(live_jobs(stages, snapshot).values())
    owners = owners_of(snapshot)
    jobs = [job for job in found if owners[job] == snapshot.user]
    if found and not jobs:
        who = " and ".join(sorted({owners[job] for job in found}))
        raise Usage(f"only {who} can cancel these jobs", "otplan status")
    if not jobs:
        raise Usage("none of these is queued or running", "otplan status")
    return cancel_jobs(ground, snapshot, jobs, person=True)


def adopt(ground: Ground, snapshot: Snapshot, stages: Sequence[Stage], output: str) -> list[Stage]:
    """Record as done what is there already; `output` names another place, for a single stage.

    Raise Usage where there is nothing to adopt, or where not all that the stage owes is there.
    """
    for stage in stages if output else ():
        _refuse_partial(ground, stage, output)
    facts = [
        fact
        for stage in stages
        if not stage.given
        for element in stage.cells
        if (fact := _adopted(ground, snapshot, stage, element, output)) is not None
    ]
    if not facts:
        raise Usage("nothing is there that could be adopted", "otplan plan")
    ground.registry.note(ground.workspace, facts)
    taken = {fact.fingerprint for fact in facts}
    return [stage for stage in stages if stage.fingerprint in taken]


def _refuse_partial(ground: Ground, stage: Stage, output: str) -> None:
    """Refuse a place that cannot stand for what a stage makes."""
    if stage.elements:
        raise Usage(f"{stage.label} is an array, and one folder cannot stand for its elements")
    owed = {f"{output}/{name}": name for name in stage.outputs}
    sizes = ground.shells[stage.cluster].sizes(sorted(owed))
    missing = [owed[path] for path, size in sorted(sizes.items()) if not size]
    if missing:
        raise Usage(f"{output} lacks {', '.join(missing)}, which {stage.label} makes")


def _adopted(
    ground: Ground, snapshot: Snapshot, stage: Stage, element: int, output: str
) -> Fact | None:
    """Leave a marker that points at what is there, and return the fact that it counts."""
    cell = snapshot.cell(stage.fingerprint, element)
    if cell.done is not None or not (output or cell.found):
        return None
    target = target_of(ground, stage, element, snapshot)
    noted = [f for f in snapshot.recorded.facts if f.fingerprint == stage.fingerprint]
    if cell.found is not None and cell.found.why and not output and _unread(stage):
        # The catalog's word is all there is, and all that is needed.
        return verified(stage.fingerprint, cell.found, target.element, ground.now, noted)
    place = output or (cell.found.output if cell.found else "")
    if not stage.target and not place.startswith("/"):
        raise Usage(
            f"{place} is no folder that {stage.cluster} could read",
            "Declare it as data that exists already (`source`), or name a copy with --output",
        )
    evidence = ground.store(target).adopt(target, place)
    if evidence.finding is not Finding.VERIFIED:
        raise Usage(f"{place} cannot be adopted: {evidence.why}")
    return verified(stage.fingerprint, evidence, target.element, ground.now, noted)


def _unread(stage: Stage) -> bool:
    """Tell whether no other stage can read what this one makes."""
    return all(address.kind == "eval" for address in stage.addresses)


def forget(ground: Ground, snapshot: Snapshot, stages: Sequence[Stage]) -> list[Stage]:
    """Make the record of these stages no longer count; what they made stays where it is.

    Raise Usage for a stage with a job that lives, or that nobody knows to be over: it would not
    be seen any more, and made beside another one.
    """
    for stage in stages:
        if _open(stage, snapshot):
            raise Usage(
                f"{stage.label} has a job that is not over, or not known to be",
                f"otplan cancel '{stage.addresses[0]}'",
            )
    known = [s for s in stages if snapshot.attempts.get(s.fingerprint) or _noted(s, snapshot)]
    if not known:
        raise Usage("nothing is recorded of these", "otplan status")
    ground.registry.note(ground.workspace, [_forgotten(ground, snapshot, stage) for stage in known])
    return known


def _open(stage: Stage, snapshot: Snapshot) -> bool:
    """Tell whether a job of a stage lives, or may."""
    cells = (snapshot.cell(stage.fingerprint, element) for element in stage.cells)
    return any(_may_live(seen, cell, snapshot.user) for cell in cells for seen in cell.seen)


def _may_live(seen: Seen, cell: Cell, user: str) -> bool:
    """Tell whether a job may live; of one that only another user could see, a word is taken."""
    hidden = seen.standing is Standing.UNKNOWN and not cell.unknown and owner(seen) != user
    return seen.standing in OPEN and not hidden


def _noted(stage: Stage, snapshot: Snapshot) -> bool:
    """Tell whether anything was ever noted of a stage."""
    return any(fact.fingerprint == stage.fingerprint for fact in snapshot.recorded.facts)


def _forgotten(ground: Ground, snapshot: Snapshot, stage: Stage) -> Fact:
    """Return the fact that attempts up to the last one no longer count."""
    attempts = snapshot.attempts.get(stage.fingerprint, ())
    upto = max((attempt.n for attempt in attempts), default=0)
    mine = [f for f in snapshot.recorded.facts if f.fingerprint == stage.fingerprint]
    count = sum(1 for fact in mine if fact.kind is FactKind.FORGOTTEN)
    values = {"upto": upto, "round": 1 + count}
    return Fact(stage.fingerprint, 0, FactKind.FORGOTTEN, ground.now, values=values)
