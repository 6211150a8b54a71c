"""Which attempt a job belongs to, and which user."""

from __future__ import annotations

from otplan.core.job import JobRef
from otplan.core.record import Attempt
from otplan.core.snapshot import Snapshot
from otplan.planner.owners import owner


def owners_of(snapshot: Snapshot) -> dict[JobRef, str]:
    """Return the user of every job that was seen."""
    return {
        seen.job.ref: owner(seen)
        for cell in snapshot.cells.values()
        for seen in cell.seen
        if seen.job is not None
    }


def attempts_by_job(snapshot: Snapshot) -> dict[JobRef, Attempt]:
    """Return the recorded attempt behind every job that was seen."""
    return {
        seen.job.ref: seen.attempt
        for cell in snapshot.cells.values()
        for seen in cell.seen
        if seen.job is not None
    }
