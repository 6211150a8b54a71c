"""A cluster in memory, with Slurm's rules, a clock of its own and faults on demand, for tests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from otplan.core.job import Abilities, Edge, Job, JobName, JobRef, JobState, Observed, Order
from otplan.core.site import SiteLimits
from otplan.core.usage import Usage
from otplan.core.values import Time
from otplan.errors import Refused, Unclear
from otplan.schedulers import notation, waits
from otplan.schedulers.faults import Fault, Site


class Fake:
    """A queue where a test says when jobs start, how they end, and what goes wrong.

    `faults` are taken one for each submission, from the front; `blind` one for each look: why
    the cluster did not answer, or empty where it does. `orders` keeps all that came in, by id.
    `said` is what it says of its limits, None for nothing.
    """

    def __init__(self, cluster: str = "fake", site: Site | None = None, user: str = "me") -> None:
        self.cluster = cluster
        self.site = site or Site()
        self.user = user
        self.now: Time = 1_700_000_000
        self.faults: list[Fault | None] = []
        self.blind: list[str] = []
        self.orders: dict[str, Order] = {}
        self.peaks: dict[str, int] = {}
        self.said: SiteLimits | None = None
        self._jobs: dict[str, list[Job]] = {}

    @property
    def abilities(self) -> Abilities:
        """Return what Slurm can do, on such a site."""
        return Abilities(
            hold=True,
            array=True,
            requeue=self.site.requeue,
            update=frozenset({"time", "nice", "dependency"}),
            settles=self.site.settles,
            forgets=None if self.site.accounting else self.site.min_job_age,
            limits=self.said is not None,
        )

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,
        strangers: Collection[JobRef | JobName] = (),  # noqa: ARG002
    ) -> Observed:
        """Look once, unless it is blind now."""
        if self.blind and (why := self.blind.pop(0)):
            return Observed(self.cluster, self.now, unknown=why)
        jobs = (
            job
            for job in self.jobs()
            if self._known(job)
            if job.ref in known
            or (job.name in lost and job.submitted >= since)
            or (job.state.live and notation.OWN in job.name)
        )
        return Observed(self.cluster, self.now, tuple(jobs))

    def submit(self, order: Order) -> JobRef:
        """Make the job, or let the next fault happen."""
        fault = self.faults.pop(0) if self.faults else None
        if fault and fault.refused:
            raise Refused(fault.refused, f"sbatch: error: {order.name} is refused")
        if fault and not fault.made:
            raise Unclear(f"no answer to the submission of {order.name}")
        ref = self._made(self._checked(order), fault.late if fault else 0)
        if fault:
            raise Unclear(f"no answer to the submission of {order.name}")
        return ref

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change the order of a job that is queued; raise Refused where it is not."""
        if not any(cell.state.queued for cell in self._jobs.get(job.id, ())):
            raise Refused("invalid", f"scontrol: error: job {job} is not pending")
        for name, value in fields.items():
            self.orders[job.id] = self._changed(self.orders[job.id], name, value)

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Let held jobs go."""
        for job in jobs:
            self._put(job.id, (replace(cell, held=False) for cell in self._jobs.get(job.id, ())))

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel what lives of them, at once."""
        for ref in jobs:
            cells = self._jobs.get(ref.id, ())
            named = elements.get(ref, [cell.element for cell in cells])
            self._put(
                ref.id,
                (
                    self._ended(cell, JobState.CANCELLED)
                    if cell.state.live and cell.element in named
                    else cell
                    for cell in cells
                ),
            )

    def usage(self, job: JobRef, element: int | None) -> Usage | None:  # noqa: ARG002
        """Return what was ordered, and what a test put into `peaks`, in MiB."""
        if job.id not in self.orders:
            return None
        limits = self.orders[job.id].limits
        return Usage(self.peaks.get(job.id), limits.memory, limits.time)

    def limits(self) -> SiteLimits | None:
        """Say what a test wants it to say."""
        return self.said

    def nudge(self) -> None:
        """Do nothing: jobs start when the test says `tick`."""

    def jobs(self) -> tuple[Job, ...]:
        """Return every job ever made, with the reason why it waits."""
        return tuple(
            replace(cell, reason=self._reason(cell))
            for cells in self._jobs.values()
            for cell in cells
        )

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    def tick(self, most: int = 0) -> tuple[Job, ...]:
        """Start every job that may start, or the oldest `most` of them; return those that did."""
        started: list[Job] = []
        for cell in self.jobs():
            full = most and len(started) == most
            if not full and cell.state.queued and self._known(cell) and not self._reason(cell):
                started.append(replace(cell, state=JobState.RUNNING, started=self.now))
                self._set(started[-1])
        return tuple(started)

    def end(
        self, job: JobRef, state: JobState, exit_code: int = 0, element: int | None = None
    ) -> None:
        """End a job, or one element of an array, that runs."""
        cell = next(cell for cell in self._jobs[job.id] if cell.element == element)
        self._set(replace(self._ended(cell, state), exit_code=exit_code))

    def requeue(self, job: JobRef, element: int | None = None) -> None:
        """Send one back to the queue, as scontrol requeue does: its submit time moves."""
        cell = next(cell for cell in self._jobs[job.id] if cell.element == element)
        self._set(
            replace(
                cell,
                state=JobState.PENDING,
                restarts=cell.restarts + 1,
                submitted=self.now,
                started=0,
                ended=0,
            )
        )

    def _checked(self, order: Order) -> Order:
        live = sum(cell.state.live for cell in self.jobs())
        if self.site.most and live + max(len(order.elements), 1) > self.site.most:
            raise Refused("limit", "sbatch: error: QOSMaxSubmitJobPerUserLimit")
        return self._waiting(order)

    def _waiting(self, order: Order) -> Order:
        gone = [edge for edge in order.edges if not self._waitable(edge)]
        if gone and not self.site.lifts:
            raise Refused("dependency", "sbatch: error: Job dependency problem")
        return replace(order, edges=tuple(edge for edge in order.edges if edge not in gone))

    def _made(self, order: Order, late: int) -> JobRef:
        ref = JobRef(self.cluster, str(1000 + len(self._jobs)))
        self.orders[ref.id] = order
        self._jobs[ref.id] = [
            Job(
                ref,
                order.name,
                JobState.PENDING,
                element=element,
                user=self.user,
                comment=order.comment,
                held=order.held,
                submitted=self.now + late,
                limit=order.limits.time or 0,
            )
            for element in order.elements or (None,)
        ]
        return ref

    def _changed(self, order: Order, name: str, value: str) -> Order:
        try:
            match name:
                case "time":
                    limits = replace(order.limits, time=notation.seconds(value))
                    return replace(order, limits=limits)
                case "dependency":
                    edges = notation.edges(value, self.cluster)
                    return self._waiting(replace(order, edges=edges))
                case _:
                    return replace(order, options={**order.options, name: value})
        except ValueError as error:
            raise Refused("invalid", str(error)) from error

    def _waitable(self, edge: Edge) -> bool:
        cells = self._cells(edge)
        recent = any(c.state.live or c.ended + self.site.min_job_age > self.now for c in cells)
        return edge.job.cluster == self.cluster and recent

    def _known(self, job: Job) -> bool:
        recent = job.ended + self.site.min_job_age > self.now
        arrived = job.submitted <= self.now
        return arrived and (self.site.accounting or job.state.live or recent)

    def _cells(self, edge: Edge) -> list[Job]:
        cells = self._jobs.get(edge.job.id, [])
        return [cell for cell in cells if edge.element in (None, cell.element)]

    def _reason(self, cell: Job) -> str:
        if not cell.state.queued:
            return ""
        order = self.orders[cell.ref.id]
        states = (parent.state.value for edge in order.edges for parent in self._cells(edge))
        return waits.reason(states) or (waits.HELD if cell.held else self._throttled(cell))

    def _throttled(self, cell: Job) -> str:
        at_once = self.orders[cell.ref.id].at_once
        running = sum(other.state is JobState.RUNNING for other in self._jobs[cell.ref.id])
        return waits.THROTTLE if at_once and running >= at_once else ""

    def _ended(self, cell: Job, state: JobState) -> Job:
        return replace(cell, state=state, ended=self.now, held=False)

    def _set(self, cell: Job) -> None:
        cells = self._jobs[cell.ref.id]
        self._put(cell.ref.id, (cell if c.element == cell.element else c for c in cells))

    def _put(self, job: str, cells: Iterator[Job]) -> None:
        # A reason is never kept: it is what the queue says when it is asked.
        if job in self._jobs:
            self._jobs[job] = [replace(cell, reason="") for cell in cells]
