"""What was looked at before the first job on a cluster, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How one thing is found; only what is missing stands in the way of jobs."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, how it is, and what to do."""

    what: str
    state: State
    said: str
    help: str = ""
