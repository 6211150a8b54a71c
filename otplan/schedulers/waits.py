"""What a child makes of its parents: start, wait, or never start."""

from __future__ import annotations

from collections.abc import Iterable

PENDING, RUNNING, COMPLETED = "PENDING", "RUNNING", "COMPLETED"
LIVE = frozenset([PENDING, RUNNING, "SUSPENDED", "COMPLETING", "REQUEUED"])

DEPENDENCY = "Dependency"
NEVER = "DependencyNeverSatisfied"
HELD = "JobHeldUser"
THROTTLE = "JobArrayTaskLimit"
RESOURCES = "Resources"
TOO_LARGE = "BadConstraints"


def reason(parents: Iterable[str]) -> str:
    """Return why a child with parents in these states must wait, empty where it need not.

    The words are Slurm's (squeue(1), JOB REASON CODES). A child whose parent ended in another
    way than COMPLETED stays in the queue and never starts (sbatch(1), `afterok`).
    """
    states = set(parents)
    if states - LIVE - {COMPLETED}:
        return NEVER
    return DEPENDENCY if states - {COMPLETED} else ""
