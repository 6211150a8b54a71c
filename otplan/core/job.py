"""Jobs as a scheduler knows them: names, references, states, and the order for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from otplan.core.stage import Limits
from otplan.core.values import Time

JobName: TypeAlias = str
"""`<slug>.otp-<token>.<n>`: at most 200 characters of `[A-Za-z0-9._-]`, matched whole."""


class JobState(Enum):
    """A job's state, in Slurm's words (squeue and sacct, JOB STATE CODES)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    COMPLETING = "COMPLETING"
    REQUEUED = "REQUEUED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    NODE_FAIL = "NODE_FAIL"
    BOOT_FAIL = "BOOT_FAIL"
    PREEMPTED = "PREEMPTED"
    DEADLINE = "DEADLINE"
    REVOKED = "REVOKED"

    @property
    def queued(self) -> bool:
        """Tell whether the job waits to start."""
        return self in (JobState.PENDING, JobState.REQUEUED)

    @property
    def live(self) -> bool:
        """Tell whether the job waits or runs; COMPLETING is not over yet."""
        return self.queued or self in (JobState.RUNNING, JobState.SUSPENDED, JobState.COMPLETING)


@dataclass(frozen=True, slots=True, order=True)
class JobRef:
    """A job on one cluster. Ids are recycled: only with its whole name it is an identity."""

    cluster: str
    id: str

    def __str__(self) -> str:
        """Return `cluster:id`."""
        return f"{self.cluster}:{self.id}"


@dataclass(frozen=True, slots=True)
class Job:
    """What a scheduler said of one job, or of one element of an array.

    `element` is None for a plain job. `reason` is the scheduler's own word for waiting.
    `exit_code` and `signal` are 0 until it ended. `doubted` says that only accounting knows it,
    and calls it live: it may have ended since, for accounting lags. `limit` is its time limit in
    seconds, 0 where it is not told; `expected` is when the scheduler guesses that it will start.
    """

    ref: JobRef
    name: JobName
    state: JobState
    element: int | None = None
    reason: str = ""
    user: str = ""
    comment: str = ""
    held: bool = False
    restarts: int = 0
    exit_code: int = 0
    signal: int = 0
    submitted: Time = 0
    started: Time = 0
    ended: Time = 0
    doubted: bool = False
    limit: int = 0
    expected: Time = 0


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`afterok` on a job, or on one element of it: the child starts when that ended with 0."""

    job: JobRef
    element: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a scheduler needs to make one job, or one array over `elements`.

    `elements` is empty for a plain job; `at_once` bounds how many run together (0: no bound).
    `options` are the site's own (partition, account, qos …), by their sbatch long names; one that
    is empty stands alone.
    """

    name: JobName
    script: str
    folder: str
    log: str
    comment: str
    limits: Limits
    edges: tuple[Edge, ...] = ()
    elements: tuple[int, ...] = ()
    at_once: int = 0
    held: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """One look at one cluster.

    `jobs` are those asked for that it knows, and every live job of ours whose name carries
    `.otp-`. `unknown` is empty when it answered, else why it did not: then nothing is known.
    `past_unknown` says why what ended could not be asked for: then the live jobs are known, and
    one that is missing from `jobs` is unknown, not absent. `sending` are the names whose
    submission is still under way, whoever started it.
    """

    cluster: str
    at: Time
    jobs: tuple[Job, ...] = ()
    unknown: str = ""
    past_unknown: str = ""
    sending: frozenset[JobName] = frozenset()


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a scheduler can do, and how long a lost submission may still appear, in seconds.

    `update` names the fields that can be changed while a job is queued; `forgets` is how long
    an ended job is remembered at least, None for ever. `checks_parents` says that an edge on a
    job it does not know is refused; Slurm before 23.02 drops it, and the child runs.
    """

    hold: bool = False
    array: bool = False
    requeue: bool = False
    update: frozenset[str] = frozenset()
    settles: int = 0
    forgets: int | None = None
    checks_parents: bool = True
    limits: bool = False
