"""One user's process on a login node: its host, its way to the queue, its patience."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from otplan.core.job import Abilities, JobName, JobRef, Observed, Order
from otplan.core.usage import Usage
from otplan.core.values import Time
from otplan.operations.progress import Said
from otplan.planner.policy import NO_PERMISSIONS, Policy
from otplan.shell.here import Here
from otplan.shell.protocol import ProcessId
from tests.machine.audit import own
from tests.machine.crash import Fuse
from tests.machine.jobs import Jobs

HOSTS = {"ann": "login1", "bob": "login2"}
"""Where each user works: a host cannot tell whether a process of the other one lives."""


@dataclass(frozen=True, slots=True)
class Call:
    """One command line: whose, by a clock how far off, with which flags, and what befalls it.

    `stop` is after how many submissions Ctrl-C is pressed; -1: never.
    """

    user: str = "ann"
    skew: int = 0
    policy: Policy = NO_PERMISSIONS
    fuse: Fuse = field(default_factory=Fuse)
    stop: int = -1


class Desk(Here):
    """The machine as one process sees it: files are real, processes are the test's."""

    def __init__(self, host: str, pid: int, living: set[int]) -> None:
        self._host = host
        self._pid = pid
        self._living = living

    def me(self) -> ProcessId:
        """Return this process."""
        return ProcessId(self._host, "boot", self._pid, self._pid)

    def alive(self, process: ProcessId) -> bool | None:
        """Tell whether a process lives; of another host nobody knows."""
        return process.pid in self._living if process.host == self._host else None


class Hearing:
    """A listener who presses Ctrl-C after some submissions."""

    def __init__(self, stop: int) -> None:
        self._left = stop

    def tell(self, said: Said) -> None:
        """Hear one thing."""
        self._left -= 1

    def stopped(self) -> bool:
        """Tell whether Ctrl-C was pressed."""
        return self._left == 0


class Login:
    """The queue as one user reaches it: what is submitted is theirs, others' is not touched.

    With `private`, others' jobs are not shown (slurm.conf(5), PrivateData). With `spare`, what
    ran when the command began is not to be cancelled.
    """

    def __init__(self, user: str, jobs: Jobs, *, private: bool, spare: bool) -> None:
        self._user = user
        self._jobs = jobs
        self._fake = jobs.fake
        self._private = private
        self._spared = {id_ for id_, _ in jobs.running} if spare else set()

    @property
    def abilities(self) -> Abilities:
        """Return what the queue can do."""
        return self._fake.abilities

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,
        strangers: Collection[JobRef | JobName] = (),
    ) -> Observed:
        """Look at the jobs this user may see."""
        seen = self._fake.observe(known, lost, since)
        mine = tuple(job for job in seen.jobs if job.user == self._user or not self._private)
        return replace(seen, jobs=mine)

    def submit(self, order: Order) -> JobRef:
        """Submit a job; its script is kept as it is now, whether or not a reply comes back."""
        self._fake.user = self._user
        before = set(self._fake.orders)
        try:
            return self._fake.submit(order)
        finally:
            for job in set(self._fake.orders) - before:
                self._jobs.spool(job, Path(order.script).read_text())

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change a job of one's own."""
        self._own([job])
        self._fake.change(job, fields)

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Release jobs of one's own."""
        self._own(jobs)
        self._fake.release(jobs)

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel jobs of one's own."""
        self._own(jobs)
        lost = [job.id for job in jobs if job.id in self._spared]
        assert not lost, f"{lost} ran, and nobody allowed to cancel that"
        self._fake.cancel(jobs, elements)

    def usage(self, job: JobRef, element: int | None) -> Usage | None:
        """Say what a job took."""
        return self._fake.usage(job, element)

    def nudge(self) -> None:
        """Do nothing."""

    def _own(self, jobs: Sequence[JobRef]) -> None:
        for ref in jobs:
            own(self._jobs.job(ref), self._fake.orders[ref.id], self._user, "lab")
