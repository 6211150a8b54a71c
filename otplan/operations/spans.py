"""How long an attempt ran, beside how long it may, and when a queued one may start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from typing import TypeAlias

from otplan.core.record import FactKind
from otplan.core.snapshot import Seen, Snapshot
from otplan.core.values import Time, Value
from otplan.kinds.limits import seconds


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds that it ran and may run, or when it is expected to start; 0 is not known."""

    seconds: int = 0
    limit: int = 0
    expected: Time = 0


Noted: TypeAlias = Mapping[tuple[str, int, int], Mapping[str, Value]]
"""What was recorded of the job of an attempt, and of its end: by fingerprint, n and element."""


def ends(snapshot: Snapshot) -> Noted:
    """Return what was recorded of every job; of all elements together under -1."""
    found: dict[tuple[str, int, int], dict[str, Value]] = defaultdict(dict)
    for kind in (FactKind.SUBMITTED, FactKind.ENDED):
        for fact in snapshot.recorded.facts:
            if fact.kind is kind:
                found[fact.fingerprint, fact.n, fact.element].update(fact.values)
    return found


def noted_of(seen: Seen, noted: Noted) -> Mapping[str, Value]:
    """Return how an attempt ended: from its job where that was seen, else from the record."""
    if (job := seen.job) is not None:
        return {
            "job": job.ref.id,
            "exit_code": job.exit_code,
            "signal": job.signal,
            "started": job.started,
            "ended": job.ended,
        }
    key = (seen.attempt.fingerprint, seen.attempt.n)
    return {**noted.get((*key, -1), {}), **noted.get((*key, seen.element), {})}


def span(seen: Seen, end: Mapping[str, Value], now: Time) -> Span:
    """Return the span of an attempt that ended so, or has not ended."""
    started, ended = int(end.get("started", 0)), int(end.get("ended", 0))
    until = ended or (now if seen.standing.live else started)
    if not started:
        return Span(expected=seen.job.expected if seen.job is not None else 0)
    limit = (seen.job.limit if seen.job is not None else 0) or _declared(seen)
    return Span(max(until - started, 0), limit)


def _declared(seen: Seen) -> int:
    """Return the time limit that it was sent with, 0 where the site chose one."""
    return seconds(str(loads(seen.declared["slurm.time"]))) if "slurm.time" in seen.declared else 0
