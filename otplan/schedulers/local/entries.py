"""The rows of the queue, one for each job or element of an array, and what they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from otplan.schedulers.waits import PENDING, RUNNING

PLAIN = -1
"""The element of a job that is no array, and of an edge on all of a job."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The slots that jobs share: processors and GPUs."""

    cpus: int = 1
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked for, once for all elements of an array; `time` is in seconds, 0 for none."""

    id: int
    name: str
    script: str
    folder: str
    log: str
    comment: str
    user: str
    cpus: int
    gpus: int
    time: int
    at_once: int
    nice: int
    held: int
    submitted: int
    environment: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a script ended: Slurm's state, exit code or signal, and when."""

    state: str
    exit_code: int = 0
    signal: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One job, or one element of an array, and where it stands.

    `host` and `boot` say where it was started, `gpus` which devices it has, by number;
    `cancelled` that somebody asked for its end.
    """

    ask: Ask
    element: int = PLAIN
    state: str = PENDING
    started: int = 0
    ended: int = 0
    exit_code: int = 0
    signal: int = 0
    host: str = ""
    boot: str = ""
    gpus: str = ""
    cancelled: int = 0

    @property
    def key(self) -> str:
        """Return `<id>`, or `<id>_<element>`: what the job itself knows as OTPLAN_JOB_ID."""
        return f"{self.ask.id}" if self.element == PLAIN else f"{self.ask.id}_{self.element}"

    @property
    def pending(self) -> bool:
        """Tell whether it waits to start."""
        return self.state == PENDING

    @property
    def running(self) -> bool:
        """Tell whether it was started and did not end, as far as the queue knows."""
        return self.state == RUNNING

    def over(self, ending: Ending, now: int) -> Entry:
        """Return it ended; one whose end was asked for is CANCELLED, however it went."""
        return replace(
            self,
            state="CANCELLED" if self.cancelled else ending.state,
            exit_code=ending.exit_code,
            signal=ending.signal,
            ended=ending.ended or now,
        )


@dataclass(frozen=True, slots=True)
class View:
    """The queue at one moment: entries by id and element, and what each job waits for.

    `edges` maps a job's id to the parents' ids and elements.
    """

    entries: tuple[Entry, ...] = ()
    edges: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    machine: Machine = field(default_factory=Machine)
