"""What an apply did: for each change what came of it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from otplan.core.job import JobRef


class Event(Enum):
    """What came of one change.

    SUBMITTED, UPDATED, REPLACED, CANCELLED, WRITTEN (a catalog row): done · REFUSED: the other
    side said no · UNCLEAR: it may exist, and the next command looks · HELD_BACK: not sent,
    because of a parent or a limit · WAITING: its gate is closed, nothing is wrong.
    """

    SUBMITTED = "submitted"
    UPDATED = "updated"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    WRITTEN = "written"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    HELD_BACK = "held_back"
    WAITING = "waiting"

    @property
    def failed(self) -> bool:
        """Tell whether a change did not go through that should have."""
        return self in (Event.REFUSED, Event.UNCLEAR, Event.HELD_BACK)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change and what came of it: its attempt, its job, and in plain words why.

    `help` is a command that mends it, if there is one.
    """

    label: str
    event: Event
    n: int = 0
    job: JobRef | None = None
    why: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes in the order they happened; `interrupted` where a person stopped it."""

    workspace: str
    outcomes: tuple[Outcome, ...]
    interrupted: bool = False

    @property
    def partial(self) -> bool:
        """Tell whether something that was approved is still to be done."""
        return self.interrupted or any(outcome.event.failed for outcome in self.outcomes)
