"""What a scheduler must be able to do, and what must hold of its answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from otplan.core.job import Abilities, JobName, JobRef, Observed, Order
from otplan.core.site import SiteLimits
from otplan.core.usage import Usage
from otplan.core.values import Time


class Scheduler(Protocol):
    """One cluster's queue.

    What must hold: a job, once submitted, is found by its whole name until it ended and for
    `abilities.forgets` seconds after; a child whose parent did not end with 0 never starts;
    nothing but what was asked for is touched. tests/conformance/schedulers.py checks it.
    """

    @property
    def abilities(self) -> Abilities:
        """Return what this scheduler can do."""
        ...

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,
        strangers: Collection[JobRef | JobName] = (),
    ) -> Observed:
        """Look once: the known jobs, jobs of the lost names since then, live jobs of ours.

        `strangers` are those of the known and the lost that another user may have submitted.
        A source that does not answer is told in `Observed.unknown`, never raised.
        """
        ...

    def submit(self, order: Order) -> JobRef:
        """Make the job; raise Refused (it does not exist) or Unclear (it may)."""
        ...

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change a queued job's `time`, `dependency` …; raise Refused where it may not."""
        ...

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Let held jobs go."""
        ...

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel jobs, of those in `elements` only the elements named; already gone is fine."""
        ...

    def usage(self, job: JobRef, element: int | None) -> Usage | None:
        """Ask what one job, or one element of it, took so far; None where nobody tells."""
        ...

    def limits(self) -> SiteLimits | None:
        """Ask the site for its limits; None where it has none to tell of, or does not answer."""
        ...

    def nudge(self) -> None:
        """Make sure something works on the queue; a real scheduler has nothing to do here."""
        ...
