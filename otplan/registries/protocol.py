"""What a registry must be able to do, and what must hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from otplan.core.graph import Resolved
from otplan.core.record import Approval, Attempt, Fact, Holder, Recorded


class Registry(Protocol):
    """The memory of the workspaces.

    What must hold: (workspace, fingerprint, n) is unique under any number of writers; facts are
    append-only, equal facts are one, and they are accepted from anyone at any time; a reader
    never creates anything; what was acknowledged survives a crash. tests/conformance/registries.py.
    """

    @property
    def place(self) -> str:
        """Return where it is, for the header of a plan."""
        ...

    def read(self, workspace: str) -> Recorded:
        """Return the whole workspace in one request; empty where nothing was ever applied."""
        ...

    def recall(self, workspace: str) -> Recorded:
        """Return what is known of the workspace without asking a service, which may be nothing."""
        ...

    def found(self, workspace: str, manifest: str, id: str) -> str:  # noqa: A002
        """Insert the workspace with this id and owner, and return the id that is there now."""
        ...

    def own(self, workspace: str, manifest: str) -> None:
        """Make another manifest the owner (`otplan adopt --manifest`)."""
        ...

    def approve(self, workspace: str, graph: Resolved, user: str, at: int) -> int:
        """Store what an apply was allowed to do; return its rising number."""
        ...

    def approval(self, workspace: str, number: int) -> Approval | None:
        """Return what was approved under a number, None where nothing was."""
        ...

    def intend(
        self, workspace: str, approval: int, attempts: Sequence[Attempt]
    ) -> Sequence[Attempt]:
        """Insert attempts in one transaction; return those taken, where the rest existed already.

        Raise Superseded, taking none, where a newer approval exists.
        """
        ...

    def note(self, workspace: str, facts: Sequence[Fact]) -> None:
        """Append facts in one transaction; those already there are left as they are."""
        ...

    def busy(self, workspace: str, holder: Holder, *, over: Holder | None = None) -> None:
        """Say who is applying, in place of `over`; raise Busy where somebody else does."""
        ...

    def free(self, workspace: str, holder: Holder | None = None) -> None:
        """Take that row away: our own, or whoever's where `holder` is None (`otplan unlock`)."""
        ...
