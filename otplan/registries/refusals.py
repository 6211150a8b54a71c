"""What a registry says when somebody else was first."""

from __future__ import annotations

from datetime import UTC, datetime

from otplan.core.record import Holder
from otplan.errors import Busy, Superseded


def superseded_error(workspace: str, approval: int, newest: int) -> Superseded:
    """Return what to raise where a newer approval exists."""
    return Superseded(
        f"approval {approval} of `{workspace}` is no longer the newest: {newest} is",
        "Somebody applied since; see what is left to do with\notplan plan",
    )


def busy_error(workspace: str, there: Holder) -> Busy:
    """Return what to raise where somebody else is applying."""
    since = datetime.fromtimestamp(there.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Busy(
        f"{there.user} on {there.host} (process {there.pid}) is applying to `{workspace}`"
        f" since {since}",
        "Wait until it is done; if that process is gone, take its place with\notplan unlock",
    )
