"""What can be mended in queued jobs: their edges, what they ask for, and that we hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from otplan.core.job import JobRef
from otplan.core.plan import Effect, FieldChange, Reason
from otplan.core.snapshot import Seen
from otplan.core.stage import Stage
from otplan.planner import diff
from otplan.planner.around import Around, Outlook
from otplan.planner.outside import hindered
from otplan.planner.verdict import Verdict

NEVER = "DependencyNeverSatisfied"
"""The word of squeue for an edge that can never be met."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Something to mend in the queue: how, why, on which jobs, and whether in place."""

    effect: Effect
    reason: Reason
    jobs: tuple[JobRef, ...]
    in_place: bool = True
    fields: tuple[str, ...] = ()


def edges(stage: Stage, waiting: Mapping[int, Seen], around: Around) -> list[Fix]:
    """Return new edges where a parent's jobs change, or where an old edge can never be met.

    Not while a parent has nothing to wait for: without that edge the child would start too early.
    """
    never = any(seen.job is not None and seen.job.reason == NEVER for seen in waiting.values())
    beside = (n.fingerprint for n in stage.needs if around.places[n.fingerprint] == stage.cluster)
    moving = any(fingerprint in around.moving for fingerprint in beside)
    if _orphaned(stage, around) or not (never or moving):
        return []
    reason = Reason("reedge", "it must wait for other jobs of its parents than before")
    able = "dependency" in _abilities(stage, around)
    return [Fix(Effect.REEDGE, reason, refs(waiting.values()), able)]


def declared(stage: Stage, waiting: Mapping[int, Seen], around: Around) -> list[Fix]:
    """Return what is asked for differently; in place where every changed field can be.

    Where it cannot be, it is left as it is while a parent has nothing to wait for.
    """
    old = [seen for seen in waiting.values() if seen.digest != stage.digest]
    if not old:
        return []
    fields = diff.redeclared(stage, old[0].declared, around.graph)
    able = _abilities(stage, around)
    in_place = bool(fields) and all(_name(change) in able and change.new for change in fields)
    text = "it is asked for differently than it was submitted"
    if refused := next(
        (seen.fixed[stage.digest] for seen in old if stage.digest in seen.fixed), ""
    ):
        in_place, text = False, f"{text}, and could not be changed in place: {refused}"
    if not in_place and _orphaned(stage, around):
        return []
    reason = Reason("redeclared", text, fields=fields)
    return [Fix(Effect.REDECLARE, reason, refs(old), in_place, tuple(map(_name, fields)))]


def held(verdicts: Sequence[Verdict], waiting: Mapping[int, Seen]) -> list[Fix]:
    """Return the release of what we hold, if nothing else of this stage could start beside it."""
    held = [seen for seen in waiting.values() if seen.job is not None and seen.job.held]
    if not held or any(verdict.twins for verdict in verdicts):
        return []
    reason = Reason("held", "it is held by us; it will be released")
    return [Fix(Effect.RELEASE, reason, refs(held))]


def gated(stage: Stage, around: Around) -> str:
    """Return the parent on another cluster that is not done yet; empty for none."""
    closed = (
        around.graph.labels[need.fingerprint]
        for need in stage.needs
        if around.places[need.fingerprint] != stage.cluster
        and around.outlooks[need.fingerprint] is not Outlook.DONE
    )
    return next(closed, "")


def _orphaned(stage: Stage, around: Around) -> bool:
    """Tell whether a parent neither made its product nor has a job that will, or one outside."""
    parents = [around.outlooks[need.fingerprint] for need in stage.needs]
    gone = Outlook.NOTHING in parents or bool(gated(stage, around))
    return gone or hindered(stage, around.snapshot) is not None


def _abilities(stage: Stage, around: Around) -> frozenset[str]:
    """Return the fields that the stage's scheduler can change while a job is queued."""
    abilities = around.snapshot.abilities.get(stage.cluster)
    return abilities.update if abilities else frozenset()


def _name(change: FieldChange) -> str:
    """Return the last step of a field, as schedulers call it."""
    return change.field.rpartition(".")[2]


def refs(seen: Iterable[Seen]) -> tuple[JobRef, ...]:
    """Return the jobs, each once."""
    return tuple(dict.fromkeys(one.job.ref for one in seen if one.job is not None))
