"""Jobs that are one too many: queued for what is done, or beside another that does the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from otplan.core.job import JobRef
from otplan.core.plan import Reason
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.planner.owners import owner
from otplan.planner.verdict import Mood, Verdict


def superfluous(
    stage: Stage, verdicts: Sequence[Verdict], snapshot: Snapshot
) -> list[tuple[Reason, tuple[JobRef, ...]]]:
    """Return the jobs to cancel and why, each reason once.

    A job goes only where it is too many at every element it lives at: an array that is still
    wanted at one element stays whole, and its other elements stop at the claim. So do jobs of
    other users: nobody can cancel them but they.
    """
    if not any(verdict.twins for verdict in verdicts):
        return []
    lives: Counter[JobRef] = Counter()
    idle: Counter[JobRef] = Counter()
    twins: Counter[JobRef] = Counter()
    for element, verdict in zip(stage.cells, verdicts, strict=True):
        seen = snapshot.cell(stage.fingerprint, element).seen
        lives.update(one.job.ref for one in seen if one.job is not None and one.standing.live)
        many = idle if verdict.mood is Mood.DONE else twins
        mine = (one for one in verdict.twins if owner(one) == snapshot.user)
        many.update(one.job.ref for one in mine if one.job is not None)
    found = {
        Reason("idle", "it is done already"): _whole(idle, idle, lives),
        Reason("twin", "another job does the same"): _whole(twins, twins + idle, lives),
    }
    return [(reason, jobs) for reason, jobs in found.items() if jobs]


def _whole(
    named: Counter[JobRef], many: Counter[JobRef], lives: Counter[JobRef]
) -> tuple[JobRef, ...]:
    """Return the jobs named that are too many wherever they live."""
    return tuple(job for job in named if many[job] == lives[job])
