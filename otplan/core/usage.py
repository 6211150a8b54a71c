"""What one attempt's job took, beside what it may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """The memory one task held at most so far, and a node's limit for it, both in MiB.

    Of several steps it is the one that came closest to its limit. `time` is the time limit in
    seconds. None is not known, or no limit.
    """

    peak: int | None = None
    memory: int | None = None
    time: int | None = None
