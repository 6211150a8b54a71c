"""What is believed of one element: done once and for good, vanished, or found unrecorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from otplan.core.evidence import Evidence, Finding
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Cell, Seen, Standing


def believed(
    seen: Sequence[Seen], facts: Sequence[Fact], evidence: Evidence | None, silent: Collection[str]
) -> Cell:
    """Fold attempts, facts and a look at one element into its cell.

    `facts` are those of this element and of the whole stage, in the order they were noted;
    `silent` are the clusters that were asked and did not answer.
    """
    upto = max((int(f.values["upto"]) for f in facts if f.kind is FactKind.FORGOTTEN), default=-1)
    gone = _gone(facts)
    kept = tuple(one for one in seen if one.attempt.n > upto or one.standing.live)
    counted = _counted(facts, upto)
    recorded = _recorded([fact for fact in counted if fact.n not in gone])
    looked = _looked(evidence, known={one.attempt.n for one in kept}, gone=gone)
    vanished = recorded is not None and evidence is not None and _missing(evidence)
    done = looked if looked is not None else None if vanished else recorded
    lapsed = _lapsed(counted)
    return Cell(
        seen=kept,
        done=done,
        vanished=done is None and (vanished or lapsed),
        found=None if done or not _verified(evidence) else _unbelieved(evidence, gone),
        unknown=_unknown(evidence, kept, done, silent),
        retry=max((int(f.values["after"]) for f in facts if f.kind is FactKind.RETRY), default=0),
        disbelieved=_disbelieved(facts, gone, vanished=vanished or lapsed),
        foreign=_told(evidence, Finding.FOREIGN) if done is None else "",
        lacking=_told(evidence, Finding.EMPTY) if done is None else "",
    )


def _gone(facts: Sequence[Fact]) -> tuple[int, ...]:
    """Return the attempts whose marker no longer counts; what is adopted later counts again."""
    last: dict[int, FactKind] = {}
    for fact in facts:
        if fact.kind is FactKind.DISBELIEVED:
            last[int(fact.values["attempt"])] = fact.kind
        elif fact.kind is FactKind.VERIFIED and fact.n == 0:
            last[0] = fact.kind
    return tuple(sorted(n for n, kind in last.items() if kind is FactKind.DISBELIEVED))


def _counted(facts: Sequence[Fact], upto: int) -> list[Fact]:
    """Leave out what was forgotten: attempts up to a number, and what was adopted before that."""
    last = max((i for i, fact in enumerate(facts) if fact.kind is FactKind.FORGOTTEN), default=-1)
    return [fact for i, fact in enumerate(facts) if fact.n > upto or (fact.n == 0 and i > last)]


def _recorded(facts: Sequence[Fact]) -> Evidence | None:
    """Return the newest recorded evidence that has not vanished since: rounds are counted."""
    vanished = {(f.n, f.values["round"]) for f in facts if f.kind is FactKind.VANISHED}
    for fact in reversed(facts):
        if fact.kind is FactKind.VERIFIED and (fact.n, fact.values["round"]) not in vanished:
            values = fact.values
            return Evidence(
                Finding.VERIFIED, fact.n, values["output"], values["files"], values["metrics"]
            )
    return None


def _looked(evidence: Evidence | None, known: set[int], gone: Sequence[int]) -> Evidence | None:
    """Return what was just found, if it is of an attempt we know and still believe."""
    if not _verified(evidence) or evidence is None or evidence.attempt in gone:
        return None
    return evidence if evidence.attempt in known else None


def _verified(evidence: Evidence | None) -> bool:
    """Tell whether a look found all of it."""
    return evidence is not None and evidence.finding is Finding.VERIFIED


def _missing(evidence: Evidence) -> bool:
    """Tell whether a look found that it is not there; not being able to look is not that."""
    return evidence.finding in (Finding.EMPTY, Finding.ABSENT, Finding.FOREIGN)


def _told(evidence: Evidence | None, finding: Finding) -> str:
    """Return what was said of what was found, if it is of this kind."""
    return evidence.why if evidence is not None and evidence.finding is finding else ""


def _lapsed(facts: Sequence[Fact]) -> bool:
    """Tell whether it was recorded once, and recorded as gone since."""
    return any(f.kind is FactKind.VANISHED for f in facts) and _recorded(facts) is None


def _unbelieved(evidence: Evidence | None, gone: Sequence[int]) -> Evidence | None:
    """Return an artifact nobody recorded, unless we decided not to believe it."""
    return evidence if evidence is not None and evidence.attempt not in gone else None


def _unknown(
    evidence: Evidence | None, seen: Sequence[Seen], done: Evidence | None, silent: Collection[str]
) -> str:
    """Return which source did not answer that decides now, or nothing."""
    if done is not None:
        return ""
    if evidence is not None and evidence.finding is Finding.UNKNOWN:
        return evidence.why
    unknown = (one for one in seen if one.standing is Standing.UNKNOWN)
    return next((one.why for one in unknown if one.attempt.cluster in silent), "")


def _disbelieved(facts: Sequence[Fact], gone: Sequence[int], *, vanished: bool) -> tuple[int, ...]:
    """Return the attempts whose marker an order must not believe any more."""
    lost = {f.n for f in facts if f.kind is FactKind.VERIFIED} if vanished else set()
    return tuple(sorted({*gone, *lost}))
