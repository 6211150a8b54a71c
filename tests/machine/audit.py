"""What must never happen, whoever does what when: told by those who would see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from otplan.core.job import Job, Order

Cell: TypeAlias = tuple[str, int]
"""A fingerprint and an element, -1 for a plain job."""


@dataclass(slots=True)
class Audit:
    """The memory of what ran and what was made.

    `allowed` are products that may be made again: somebody deleted them, or asked for it.
    `touched` are fingerprints whose files somebody took away: who reads them may find nothing.
    """

    runs: dict[Cell, int] = field(default_factory=dict)
    running: dict[Cell, str] = field(default_factory=dict)
    made: set[Cell] = field(default_factory=set)
    allowed: set[Cell] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def program_starts(self, cell: Cell, job: str) -> None:
        """Hear that a program starts: alone, and not for what is there."""
        other = self.running.get(cell)
        assert other is None, f"{cell} runs twice at once: in {other} and in {job}"
        again = cell in self.made and cell not in self.allowed
        assert not again, f"{cell} was made already, and {job} makes it again"
        self.running[cell] = job
        self.runs[cell] = self.runs.get(cell, 0) + 1

    def program_ends(self, cell: Cell) -> None:
        """Hear that a program is over, however it ended."""
        del self.running[cell]

    def product_is_there(self, cell: Cell) -> None:
        """Hear that a marker was written."""
        self.made.add(cell)
        self.allowed.discard(cell)

    def input_is_missing(self, fingerprint: str, job: str, *, dropped: bool) -> None:
        """Hear that a job started and found an input missing: only a person can do that."""
        excused = dropped or fingerprint in self.touched
        assert excused, f"{job} started before {fingerprint} was there"


def own(job: Job, order: Order, user: str, workspace: str) -> None:
    """Refuse that a user does anything to a job of another user, or of another workspace."""
    assert job.user == user, f"{user} changes {job.ref}, a job of {job.user}"
    assert f" {workspace} " in f"{order.comment} ", f"{job.ref} is of another workspace"
