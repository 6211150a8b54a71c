"""What the asking commands tell: rows of a status, a history, and why a stage stands so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from otplan.core.catalog import CatalogRow
from otplan.core.plan import Change
from otplan.core.usage import Usage
from otplan.core.values import Time


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A stage now: its address and role, its state in one word, and what there is to say of it.

    `attempt` is 0 where nothing was submitted, `since` 0 where nobody knows. `seconds` is how
    long its job ran, `limit` how long it may; `expected` is when a queued one may start: the
    scheduler's guess. Each is 0 where it is not known.
    """

    address: str
    role: str
    state: str
    detail: str = ""
    job: str = ""
    since: Time = 0
    attempt: int = 0
    seconds: int = 0
    limit: int = 0
    expected: Time = 0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Something that happened: when, what in one word, to which stage, and by whom.

    `label` and `attempt` are empty and 0 for what concerns the workspace, such as an apply.
    """

    at: Time
    what: str
    label: str = ""
    attempt: int = 0
    job: str = ""
    user: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What was made: rows by table, and remarks by address on those that are out of date."""

    tables: Mapping[str, Sequence[CatalogRow]]
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt at a stage: its job, how it ended or stands, since when, how long it ran.

    `seconds` is 0 where it never ran or nobody knows, `limit` what it may run; `log` is the path
    of what it wrote. `element` is -1 for a plain job. `exit_code` and `signal` are 0 where
    nothing went wrong. `expected` is when a queued one may start. `usage` is asked of one only.
    """

    n: int
    job: str
    how: str
    at: Time = 0
    seconds: int = 0
    log: str = ""
    element: int = -1
    exit_code: int = 0
    signal: int = 0
    limit: int = 0
    expected: Time = 0
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What a failure comes from, what to do about it, and the lines of the log that say so.

    `attempt` is the one that failed.
    """

    words: str
    suggestion: str = ""
    lines: Sequence[str] = ()
    attempt: AttemptRow | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stage that is read, or that reads, and its state in one word."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the plan says of a stage, with all that led there.

    `chain` are the changes upstream that it comes from, nearest first. `latest` is the attempt
    that counts: the failed one, else one that runs or the newest; `lines` are its log's last.
    `run` is where its run of W&B is looked at.
    """

    change: Change
    folder: str = ""
    run: str = ""
    chain: Sequence[Change] = ()
    cause: Cause | None = None
    latest: AttemptRow | None = None
    lines: Sequence[str] = ()
    attempts: Sequence[AttemptRow] = ()
    reads: Sequence[Neighbour] = ()
    read_by: Sequence[Neighbour] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A database beside the tables of a catalog: what otplan needs, and what it puts up with."""

    needed: tuple[str, ...]
    differs: tuple[str, ...]
