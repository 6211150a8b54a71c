"""What a look taught that the registry does not know yet: facts to note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from otplan.core.evidence import Evidence
from otplan.core.job import Job
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Cell, Seen, Snapshot, Standing
from otplan.planner.owners import owner

Known = set[tuple[str, int, int, FactKind, str]]
"""(fingerprint, attempt, element, kind, job) of every fact that is noted already.

The job is empty for that there is any such fact.
"""

GONE = {
    Standing.LOST: {"state": "LOST", "cause": "lost"},
    Standing.VOID: {"state": "CANCELLED", "cause": "void"},
}
"""How an attempt ended whose job nobody remembers, as values of a fact."""


def learned(snapshot: Snapshot) -> list[Fact]:
    """Return the facts to note, in a decided order; noting them twice changes nothing."""
    facts = snapshot.recorded.facts
    known: Known = {
        (fact.fingerprint, fact.n, fact.element, fact.kind, str(fact.values.get("job", "")))
        for fact in facts
    }
    known |= {(name, n, place, kind, "") for name, n, place, kind, _ in known}
    arrays = _arrays(snapshot)
    noted: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in facts:
        noted[fact.fingerprint, fact.element].append(fact)
    found: list[Fact] = []
    for (fingerprint, element), cell in snapshot.cells.items():
        place = element if fingerprint in arrays else -1
        mine = [fact for at in sorted({-1, place}) for fact in noted.get((fingerprint, at), ())]
        found += _of_attempts(cell, element, known, snapshot.at)
        found += _of_product(fingerprint, cell, place, mine, snapshot.at)
    return list({fact.id: fact for fact in found}.values())


def _arrays(snapshot: Snapshot) -> set[str]:
    """Return the fingerprints whose facts name elements; what was adopted has no attempt."""
    rows = (row for attempts in snapshot.attempts.values() for row in attempts)
    tried = {row.fingerprint for row in rows if row.elements}
    return tried | {fact.fingerprint for fact in snapshot.recorded.facts if fact.element >= 0}


def _of_attempts(cell: Cell, element: int, known: Known, at: int) -> Iterator[Fact]:
    """Yield which jobs came of intents, and how they ended."""
    for seen in cell.seen:
        attempt, job = seen.attempt, seen.job
        key = (attempt.fingerprint, attempt.n)
        place = element if attempt.elements else -1
        if job is None:
            # Others cannot see that it is gone for good: whoever can must tell them.
            if seen.standing in GONE and (*key, place, FactKind.ENDED, "") not in known:
                yield Fact(*key, FactKind.ENDED, at, place, GONE[seen.standing])
            continue
        if (*key, -1, FactKind.SUBMITTED, job.ref.id) not in known:
            yield Fact(
                *key, FactKind.SUBMITTED, at, values={"job": job.ref.id, "user": owner(seen)}
            )
        if not seen.standing.live and (*key, place, FactKind.ENDED, job.ref.id) not in known:
            yield Fact(*key, FactKind.ENDED, at, place, _ending(seen, job))


def _ending(seen: Seen, job: Job) -> dict[str, object]:
    """Return how an attempt ended, as values of a fact."""
    return {
        "job": job.ref.id,
        "state": job.state.value,
        "cause": seen.cause,
        "exit_code": job.exit_code,
        "signal": job.signal,
        "restarts": job.restarts,
        "starts": seen.starts,
        "started": job.started,
        "ended": job.ended,
    }


def _of_product(
    fingerprint: str, cell: Cell, place: int, facts: Sequence[Fact], at: int
) -> Iterator[Fact]:
    """Yield that a product was found, or that one believed in is gone.

    `facts` are those known of the stage at `place` (-1 for a plain job).
    """
    if cell.done is not None and not _standing(facts, cell.done.attempt):
        yield verified(fingerprint, cell.done, place, at, facts)
    if cell.vanished:
        for n in cell.disbelieved:
            if rounds := _standing(facts, n):
                yield Fact(fingerprint, n, FactKind.VANISHED, at, place, {"round": rounds})


def verified(fingerprint: str, done: Evidence, place: int, at: int, facts: Sequence[Fact]) -> Fact:
    """Return the fact that a product is there, in a round that no earlier one of it had.

    `facts` are those known of the stage at `place` (-1 for a plain job).
    """
    values = {
        "output": done.output,
        "files": dict(done.files),
        "metrics": dict(done.metrics),
        "round": 1 + _latest(facts, done.attempt),
    }
    return Fact(fingerprint, done.attempt, FactKind.VERIFIED, at, place, values)


def _latest(facts: Sequence[Fact], n: int) -> int:
    """Return the last round in which attempt n's product was recorded as there, 0 for never."""
    rounds = [f.values["round"] for f in facts if f.n == n and f.kind is FactKind.VERIFIED]
    return max(rounds, default=0)


def _standing(facts: Sequence[Fact], n: int) -> int:
    """Return the round in which attempt n's product is recorded as there, 0 if it is not."""
    latest = _latest(facts, n)
    gone = {f.values["round"] for f in facts if f.n == n and f.kind is FactKind.VANISHED}
    return 0 if latest in gone else latest
