"""A scheduler together with scripts for it, and a way to wait: what the suite is played in."""

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from otplan.core.job import Edge, Job, JobRef, JobState, Order
from otplan.core.stage import Limits
from otplan.schedulers.protocol import Scheduler

PATIENCE = 20.0
"""Seconds that anything may take on a busy machine."""

ENDED = frozenset(state for state in JobState if not state.live)


class Does(Enum):
    """What a script does: ends with 0, ends with 75, waits for `let_go`, or fails if odd."""

    SUCCEED = "exit 0"
    FAIL = "exit 75"
    WAIT = "while [ ! -e go ]; do sleep 0.02; done"
    FAIL_IF_ODD = "exit $(( OTPLAN_ELEMENT % 2 ))"


class World(ABC):
    """One scheduler, for one test. Every script notes its start, as `starts` tells."""

    scheduler: Scheduler

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = secrets.token_hex(6)

    @abstractmethod
    def turn(self) -> None:
        """Let the queue go on a little."""

    @abstractmethod
    def starts(self, name: str) -> list[str]:
        """Return `<id>` or `<id>_<element>` for each start of a job's script, sorted."""

    @abstractmethod
    def let_go(self, name: str) -> None:
        """Let the waiting scripts of a job end with 0."""

    def name(self, name: str) -> str:
        """Return a name of otplan's that no other world has."""
        return f"{name}.otp-{self.token}.1"

    def order(self, name: str, does: Does = Does.SUCCEED, **fields: Any) -> Order:  # noqa: ANN401
        """Return the order for a job with a script in a folder of its own."""
        return self.written(name, does.value, **fields)

    def written(self, name: str, script: str, **fields: Any) -> Order:  # noqa: ANN401
        """Return the order for a job with this script."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "script").write_text(f'echo "$OTPLAN_JOB_ID" >> starts\n{script}\n')
        limits = fields.pop("limits", Limits(cpus=1, time=600))
        full = fields.pop("whole", self.name(name))
        log = str(folder / "log")
        return Order(full, str(folder / "script"), str(folder), log, "why", limits, **fields)

    def submit(self, name: str, does: Does = Does.SUCCEED, **fields: Any) -> JobRef:  # noqa: ANN401
        """Submit such a job; `after` are the jobs it waits for."""
        after = fields.pop("after", ())
        edges = fields.pop("edges", tuple(Edge(job) for job in after))
        return self.scheduler.submit(self.order(name, does, edges=edges, **fields))

    def jobs(self, *refs: JobRef) -> tuple[Job, ...]:
        """Return what the scheduler says of these jobs."""
        observed = self.scheduler.observe(refs, (), 0)
        assert observed.unknown == ""
        return tuple(job for job in observed.jobs if job.ref in refs)

    def named(self, name: str) -> tuple[Job, ...]:
        """Return what the scheduler says of a name, beside the live jobs that it always tells."""
        observed = self.scheduler.observe((), [name], 0)
        assert observed.unknown == ""
        return tuple(job for job in observed.jobs if self.token in job.name)

    def until(self, met: Callable[[], bool]) -> None:
        """Let the queue go on until something holds."""
        self.scheduler.nudge()
        self.wait(met)

    def wait(self, met: Callable[[], bool]) -> None:
        """Wait until something holds, and do nothing for it."""
        deadline = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < deadline, "it took too long"
            self.turn()

    def reach(self, ref: JobRef, *states: JobState) -> tuple[Job, ...]:
        """Wait until a job, with all its elements, is in one of these states; return it."""
        self.until(lambda: all(job.state in states for job in self.jobs(ref)))
        return self.jobs(ref)

    def end(self, *refs: JobRef) -> tuple[JobState, ...]:
        """Wait until jobs ended; return their states, elements in order."""
        return tuple(job.state for ref in refs for job in self.reach(ref, *ENDED))

    def pass_by(self) -> None:
        """Wait long enough for all that may start to start: a later job comes and goes."""
        self.end(self.submit(f"later-{secrets.token_hex(3)}"))
