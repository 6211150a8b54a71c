"""Which of many ranks failed first: the others only lose it, and say so later and louder."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(
    r"Root Cause \(first observed failure\):.{,200}?host\s*: (?P<host>\S+).{,200}?"
    r"rank\s*: (?P<rank>\d+) .{,200}?exitcode\s*: (?P<code>-?\d+)",
    re.DOTALL,
)
"""What torchrun ends with (torch.distributed.elastic, ChildFailedError)."""

_LAUNCHED = re.compile(
    r"(?:(?P<host>[\w.-]+): )?.*\[launch\.py:\d+:\w+\].*--local_rank=(?P<rank>\d+)\b.*"
    r"exits with return code = (?P<code>-?\d+)"
)
"""What DeepSpeed's launcher says of each rank of a node (deepspeed.launcher.launch)."""


@dataclass(frozen=True, slots=True)
class Rank:
    """The first rank that failed: its number, its host if told, and its exit code.

    The exit code is minus the signal for one that was killed. `local` says that the number
    counts on its node only.
    """

    number: int
    host: str
    code: int
    local: bool = False

    def __str__(self) -> str:
        """Return `rank 3 on n0231`."""
        of = "local rank" if self.local else "rank"
        return f"{of} {self.number}{f' on {self.host}' if self.host else ''}"


def first_failed(log: str) -> Rank | None:
    """Return the first rank that failed, by what the launcher saw; None where none says so."""
    for pattern in (_BLOCK, _LAUNCHED):
        if match := pattern.search(log):
            local = pattern is _LAUNCHED
            return Rank(int(match["rank"]), match["host"] or "", int(match["code"]), local)
    return None
