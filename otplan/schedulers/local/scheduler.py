"""The queue of this machine, as a Scheduler."""

from __future__ import annotations

import os
import pwd
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from otplan.core.job import Abilities, Edge, Job, JobName, JobRef, JobState, Observed, Order
from otplan.core.usage import Usage
from otplan.core.values import Time
from otplan.errors import Refused
from otplan.schedulers import notation
from otplan.schedulers.local import lock, queue, traces
from otplan.schedulers.local.entries import PLAIN, Ask, Entry, Machine, View
from otplan.schedulers.local.waiting import choose, idle, too_large
from otplan.shell.protocol import Shell


class Local:
    """Jobs of this machine, under `folder`; `clock` says when they were submitted.

    Nothing is ever forgotten and no id is given twice, so `since` leaves nothing out. A job
    gets the environment of its submission, without what is Slurm's, otplan's or the database's.
    """

    def __init__(
        self, cluster: str, shell: Shell, folder: str, machine: Machine, clock: Callable[[], Time]
    ) -> None:
        self._cluster = cluster
        self._shell = shell
        self._folder = folder
        self._machine = machine
        self._clock = clock

    @property
    def abilities(self) -> Abilities:
        """Return what it can do: a requeue is not among it, the script ends 75 instead."""
        return Abilities(
            hold=True, array=True, update=frozenset({"time", "nice", "dependency"}), forgets=None
        )

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,  # noqa: ARG002
        strangers: Collection[JobRef | JobName] = (),  # noqa: ARG002
    ) -> Observed:
        """Look once; what ended is told as ended, whether a runner lives or not."""
        now = self._clock()
        ids = {int(ref.id) for ref in known if ref.cluster == self._cluster and ref.id.isdecimal()}
        if not queue.place(self._folder).exists():
            return Observed(self._cluster, now)
        try:
            with queue.opened(self._folder) as connection:
                view = self._judged(queue.read(connection, ids, lost), now)
        except sqlite3.Error as error:
            why = f"`{queue.place(self._folder)}` cannot be read: {error}"
            return Observed(self._cluster, now, unknown=why)
        reasons = choose(view).reasons
        jobs = (
            self._job(entry, reasons.get(entry.key, ""))
            for entry in view.entries
            if entry.ask.id in ids
            or entry.ask.name in lost
            or (notation.OWN in entry.ask.name and (entry.pending or entry.running))
        )
        return Observed(self._cluster, now, tuple(jobs))

    def submit(self, order: Order) -> JobRef:
        """Make the job, in one transaction.

        Raise Refused: `invalid` where this machine could never run it, `dependency` on a job
        it does not know, `limit` where the queue is full or taken; Unclear where the disk
        did not say whether it was written.
        """
        self._check(order)
        with self._changing(make=True) as connection:
            view = queue.read(connection, (int(edge.job.id) for edge in order.edges))
            parents = self._parents(order.edges, view)
            ask = self._ask(order, queue.keep(connection, queue.inherited()))
            job = queue.add(connection, ask, order.elements or (PLAIN,))
            queue.tie(connection, job, parents)
            queue.share(connection, self._machine)
        return JobRef(self._cluster, str(job))

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change `time`, `nice` or `dependency` of a queued job, as scontrol takes them.

        Raise Refused where it is not queued any more, or the value makes no sense.
        """
        if not queue.place(self._folder).exists():
            raise Refused("invalid", f"there is no job {job}")
        with self._changing() as connection:
            view = queue.read(connection, [int(job.id)])
            if not any(e.pending for e in view.entries if e.ask.id == int(job.id)):
                raise Refused("invalid", f"job {job} is not in the queue any more")
            for name, value in fields.items():
                self._alter(connection, int(job.id), name, value)

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Let held jobs go."""
        if not queue.place(self._folder).exists():
            return
        with self._changing() as connection:
            for job in jobs:
                queue.alter(connection, int(job.id), "held", 0)

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel jobs or elements: those that wait at once, those that run by the runner."""
        wanted = {int(job.id): elements.get(job) for job in jobs}
        if not queue.place(self._folder).exists():
            return
        with self._changing() as connection:
            view = self._judged(queue.read(connection), self._clock())
            chosen = [e for e in view.entries if _within(e, wanted)]
            running = [replace(e, cancelled=1) for e in chosen if e.running]
            waiting = [replace(e, cancelled=1, state="CANCELLED") for e in chosen if e.pending]
            queue.mark(connection, running)
            queue.mark(connection, (replace(e, ended=self._clock()) for e in waiting))
        if running:
            self.nudge()

    def usage(self, job: JobRef, element: int | None) -> Usage | None:  # noqa: ARG002
        """Return nothing: this machine counts nobody's memory."""
        return None

    def limits(self) -> None:
        """Tell of none: what this machine cannot run is refused as it comes in."""

    def nudge(self) -> None:
        """Start a runner where the queue has something to do and none is at it; costs little."""
        there = queue.place(self._folder).exists()
        # A runner that is about to end looks once more after it let go of the lock.
        if there and not lock.taken(self._folder) and not self._idle():
            argv = [sys.executable, "-m", "otplan.schedulers.local.runner", self._folder]
            self._shell.spawn(argv, f"{self._folder}/runner.log")

    def _idle(self) -> bool:
        with suppress(sqlite3.Error), queue.opened(self._folder) as connection:
            return idle(queue.read(connection))
        return False

    def _check(self, order: Order) -> None:
        limits, machine = order.limits, self._machine
        if limits.nodes > 1 or too_large(machine, limits.cpus or 1, limits.gpus):
            wanted = f"{limits.nodes} nodes with {limits.cpus or 1} CPUs and {limits.gpus} GPUs"
            raise Refused(
                "invalid",
                f"{order.name} asks for {wanted}; this machine has {machine.cpus} and "
                f"{machine.gpus}, and is one node",
                f"Ask for less, or say in the cluster file of `{self._cluster}` what it has.",
            )

    def _parents(self, edges: Iterable[Edge], view: View) -> list[tuple[int, int]]:
        there = {(e.ask.id, e.element) for e in view.entries}
        there |= {(id_, PLAIN) for id_, _ in there}
        parents = []
        for edge in edges:
            parent = (int(edge.job.id), PLAIN if edge.element is None else edge.element)
            if edge.job.cluster != self._cluster or parent not in there:
                raise Refused("dependency", f"there is no job {edge.job} to wait for")
            parents.append(parent)
        return parents

    def _alter(self, connection: sqlite3.Connection, job: int, name: str, value: str) -> None:
        if name not in self.abilities.update:
            raise Refused("invalid", f"`{name}` of a job of this machine cannot be changed")
        try:
            if name == "dependency":
                edges = notation.edges(value, self._cluster)
                view = queue.read(connection, (int(edge.job.id) for edge in edges))
                queue.tie(connection, job, self._parents(edges, view))
            else:
                number = notation.seconds(value) if name == "time" else int(value)
                queue.alter(connection, job, name, number)
        except ValueError as error:
            raise Refused("invalid", str(error)) from error

    def _ask(self, order: Order, environment: str) -> Ask:
        limits = order.limits
        return Ask(
            id=0,
            name=order.name,
            script=order.script,
            folder=order.folder,
            log=order.log,
            comment=order.comment,
            user=pwd.getpwuid(os.getuid()).pw_name,
            cpus=limits.cpus or 1,
            gpus=limits.gpus,
            time=limits.time or 0,
            at_once=order.at_once,
            nice=int(order.options.get("nice", "0")),
            held=int(order.held),
            submitted=self._clock(),
            environment=environment,
        )

    def _judged(self, view: View, now: Time) -> View:
        endings = ((e, e.running and traces.judge(self._folder, e)) for e in view.entries)
        judged = (entry.over(ending, now) if ending else entry for entry, ending in endings)
        return replace(view, entries=tuple(judged))

    def _job(self, entry: Entry, reason: str) -> Job:
        ask = entry.ask
        return Job(
            ref=JobRef(self._cluster, str(ask.id)),
            name=ask.name,
            state=JobState(entry.state),
            element=None if entry.element == PLAIN else entry.element,
            reason=reason,
            user=ask.user,
            comment=ask.comment,
            held=bool(ask.held) and entry.pending,
            exit_code=entry.exit_code,
            signal=entry.signal,
            submitted=ask.submitted,
            started=entry.started,
            ended=entry.ended,
            limit=ask.time,
        )

    @contextmanager
    def _changing(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        where = queue.place(self._folder)
        try:
            if make:
                queue.make(self._folder)
            with queue.opened(self._folder) as connection, queue.writing(connection):
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise queue.trouble(error, str(where)) from error


def _within(entry: Entry, wanted: Mapping[int, Sequence[int] | None]) -> bool:
    if entry.ask.id not in wanted:
        return False
    elements = wanted[entry.ask.id]
    return elements is None or entry.element in elements
