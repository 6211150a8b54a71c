"""A plan as a value: what would be done to each stage, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from otplan.core.graph import Workspace
from otplan.core.job import JobRef
from otplan.core.values import Time
from otplan.errors import Place


class Action(Enum):
    """The verb of a change, as the symbol people read."""

    SUBMIT = "+"
    UPDATE = "~"
    REPLACE = "-/+"
    CANCEL = "-"
    KEEP = "="
    CATALOG = ">"
    ADOPT = "<"
    REST = "."
    BLOCKED = "!"
    UNKNOWN = "?"

    @property
    def changes(self) -> bool:
        """Tell whether apply would do something about it."""
        return self.asks or self is Action.CATALOG

    @property
    def asks(self) -> bool:
        """Tell whether it needs an approval; a catalog row follows from what was made."""
        return self in (Action.SUBMIT, Action.UPDATE, Action.REPLACE, Action.CANCEL)


class Effect(Enum):
    """What an update does to queued jobs: other edges, other limits or options, their release."""

    REEDGE = "reedge"
    REDECLARE = "redeclare"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that made the difference: old and new as canonical JSON, and where new stands."""

    field: str
    old: str
    new: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for people; `code` is stable, the text is not, and nothing ever reads it back.

    `via` chains upstream: the label of the stage whose change caused this one.
    """

    code: str
    text: str
    via: str = ""
    fields: tuple[FieldChange, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a plan.

    `n` is the attempt it would make; `elements` which of the array (empty: all of it, or a plain
    job); `disbelieved` the attempts its order will not believe. `cancels` are jobs to cancel, after
    the new one is in. `state` is in plain words what the stage is doing now. `person` says that
    only a person's apply may do it: what somebody cancelled does not come back unasked. `starts` is
    how many starts of the new attempt may end in failure. `refused` says that it would be done, but
    its site does not allow it. `unapproved` waits for a login node, and for an approval.
    `take_over` publishes over what is somebody else's. `shown` is what its kind worked out for
    people: the arithmetic of a batch. `effect` is what an update does, and `fields` which fields
    of its jobs it sets, as schedulers call them.
    """

    action: Action
    label: str
    addresses: tuple[str, ...]
    fingerprint: str
    digest: str
    reasons: tuple[Reason, ...]
    cluster: str = ""
    state: str = ""
    n: int = 0
    elements: tuple[int, ...] = ()
    disbelieved: tuple[int, ...] = ()
    jobs: tuple[JobRef, ...] = ()
    cancels: tuple[JobRef, ...] = ()
    gpu_seconds: int = 0
    seconds: int = 0
    starts: int = 1
    person: bool = False
    refused: bool = False
    unapproved: bool = False
    take_over: bool = False
    place: Place | None = None
    shown: str = ""
    effect: Effect | None = None
    fields: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Return what must be equal for an approval to cover this change (design part 9)."""
        code = self.reasons[0].code if self.reasons else ""
        return (self.label, self.action.value, code, self.fingerprint, self.digest)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, parents first, with what was looked at to find them.

    `complete` is False where a source could not be asked or a revision is unpinned: such a plan
    can be read and not applied. `notes` are worth knowing and change nothing.
    """

    workspace: Workspace
    at: Time
    changes: tuple[Change, ...]
    complete: bool = True
    offline: bool = False
    registry: str = ""
    notes: tuple[str, ...] = ()
    critical_seconds: int = 0

    @property
    def asks(self) -> bool:
        """Tell whether any change needs an approval."""
        return any(change.action.asks or change.unapproved for change in self.changes)

    @property
    def blind(self) -> bool:
        """Tell whether a source that was asked did not answer."""
        unknown = any(change.action is Action.UNKNOWN for change in self.changes)
        return unknown and not self.complete and not self.offline

    def count(self, action: Action) -> int:
        """Return how many changes carry this action."""
        return sum(1 for change in self.changes if change.action is action)
