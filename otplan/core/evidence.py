"""What was made: where to look for it, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from otplan.core.values import Value


class Finding(Enum):
    """What a look at a place found.

    VERIFIED: a marker of this fingerprint and all it lists · EMPTY: something, but not all it
    should be · ABSENT: nothing · FOREIGN: somebody else's · UNKNOWN: could not be looked at.
    """

    VERIFIED = "verified"
    EMPTY = "empty"
    ABSENT = "absent"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A place to look at: the run folder of a stage, one element of it, or a given path.

    `attempts` are those whose result.json should be read too. On the Hub a place is a repo, as
    `hf:model:org/name`, and `owner` the id of the workspace that it must have been published by.
    """

    cluster: str
    folder: str
    fingerprint: str
    element: int = -1
    given: bool = False
    attempts: tuple[int, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The last line an attempt wrote: which job, which start of it, how it ended and why."""

    job: str
    restarts: int
    exit_code: int
    cause: str = ""
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found: for VERIFIED the attempt, its output folder and each file's size in bytes.

    `why` says in plain words what is missing, foreign or unreachable. `metrics` are the numbers
    the program left; `results` what the newest start of each attempt wrote last, and `endings` how
    many of its starts it saw end in failure or at the time limit.
    """

    finding: Finding
    attempt: int = 0
    output: str = ""
    files: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Value] = field(default_factory=dict)
    results: Mapping[int, Result] = field(default_factory=dict)
    endings: Mapping[int, int] = field(default_factory=dict)
    why: str = ""
