"""The story of `otplan history`: what was approved, submitted, and came of it."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core.record import Attempt, Fact, FactKind, Recorded
from otplan.core.told import HistoryRow
from otplan.core.values import Value


def history(recorded: Recorded) -> list[HistoryRow]:
    """Return everything that was ever noted, oldest first."""
    attempts = {(attempt.fingerprint, attempt.n): attempt for attempt in recorded.attempts}
    names = {attempt.fingerprint: attempt for attempt in recorded.attempts}
    rows = [_intent(attempt) for attempt in recorded.attempts]
    rows += [
        _fact(fact, attempts.get((fact.fingerprint, fact.n)) or names.get(fact.fingerprint))
        for fact in recorded.facts
    ]
    return sorted(rows, key=lambda row: row.at)


def _intent(attempt: Attempt) -> HistoryRow:
    """Return that an attempt was intended, by whom, under which approval."""
    return HistoryRow(
        at=attempt.at,
        what="intended",
        label=f"{attempt.address}/{attempt.role}",
        attempt=attempt.n,
        user=attempt.user,
        detail=f"approval {attempt.approval}, on {attempt.cluster}",
    )


def _fact(fact: Fact, attempt: Attempt | None) -> HistoryRow:
    """Return what a fact says, in one line."""
    return HistoryRow(
        at=fact.at,
        what=fact.kind.value,
        label=f"{attempt.address}/{attempt.role}" if attempt else fact.fingerprint,
        attempt=fact.n,
        job=str(fact.values.get("job", "")),
        user=attempt.user if attempt else "",
        detail=_detail(fact),
    )


def _ending(values: Mapping[str, Value]) -> str:
    """Return how a job ended, `failed, exit code 3`, or nothing where it ended well."""
    code, signal = values.get("exit_code"), values.get("signal")
    parts = [
        str(values["cause"]),
        f"exit code {code}" if code else "",
        f"signal {signal}" if signal else "",
    ]
    return ", ".join(filter(None, parts))


def _detail(fact: Fact) -> str:
    """Return the part of a fact that is worth a column."""
    values = fact.values
    match fact.kind:
        case FactKind.ENDED:
            return _ending(values)
        case FactKind.VERIFIED:
            return "" if fact.n else f"adopted: {values['output']}"
        case FactKind.WITHDRAWN | FactKind.FIXED:
            return str(values.get("why", ""))
        case FactKind.REPORTED:
            return f"{values['state']}: {values['url']}"
        case FactKind.RETRY:
            return f"one more after attempt {values['after']}"
        case FactKind.FORGOTTEN:
            return f"attempts up to {values['upto']}"
        case FactKind.DISBELIEVED:
            return f"attempt {values['attempt']}"
        case (
            FactKind.RESENT
            | FactKind.SUBMITTED
            | FactKind.CANCELLED
            | FactKind.UPDATED
            | FactKind.VANISHED
        ):
            return ""
