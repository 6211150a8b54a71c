"""Whose a live job is: a scheduler lets nobody but its user change or cancel it."""

from __future__ import annotations

from otplan.core.snapshot import Seen


def owner(seen: Seen) -> str:
    """Return the user of an attempt's job; an attempt may be sent again by somebody else."""
    return (seen.job.user if seen.job is not None else "") or seen.attempt.user
