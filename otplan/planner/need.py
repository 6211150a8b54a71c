"""Which stages will run, looked at from the end: what vanished is remade only for a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otplan.core.snapshot import Standing
from otplan.core.stage import Stage
from otplan.planner.verdict import Mood, Verdict


def needed(stages: Sequence[Stage], verdicts: Mapping[str, Sequence[Verdict]]) -> frozenset[str]:
    """Return the fingerprints that something which is going to run reads.

    `stages` are parents first. A stage runs if an element of it is ready or queued, or if one
    vanished and the stage is needed itself; a stuck, running or done one needs nothing.
    """
    found: set[str] = set()
    for stage in reversed(stages):
        needed_itself = stage.fingerprint in found
        if any(_runs(verdict, needed=needed_itself) for verdict in verdicts[stage.fingerprint]):
            found.update(need.fingerprint for need in stage.needs)
    return frozenset(found)


def _runs(verdict: Verdict, *, needed: bool) -> bool:
    """Tell whether an element is still going to start."""
    if verdict.mood is Mood.LIVE:
        return verdict.keep is not None and verdict.keep.standing is Standing.QUEUED
    return verdict.mood is Mood.READY or (needed and verdict.mood is Mood.VANISHED)
