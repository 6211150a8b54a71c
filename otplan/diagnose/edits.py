"""The edit of the manifest that gives a job more of what it ran out of, or another node."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otplan.core.usage import Usage

_GIBIBYTE, _MINUTE = 1024, 60
BY_NODE = ("gpu", "nccl", "rdma")
"""Causes that another node may not have."""

_WHOLE = 16
"""From this many GiB on, memory is asked for in whole ones."""


def edit(cause: str, usage: Usage | None, limit: int, host: str) -> str:
    """Return the line to write, empty where what it would be made of is not known.

    `limit` is the time limit in seconds, 0 for unknown, and `host` the node that failed.
    """
    if cause in BY_NODE and host:
        return f"slurm: {{exclude: {host}}}"
    return _EDITS[cause](usage or Usage(), limit) if cause in _EDITS else ""


def _memory(usage: Usage, _limit: int) -> str:
    """Ask for twice the limit, or half as much again as it held where that is more."""
    wanted = max(2 * (usage.memory or 0), (usage.peak or 0) * 3 // 2)
    return f"memory: {_amount(wanted)}" if wanted else ""


def _time(_usage: Usage, limit: int) -> str:
    """Ask for twice the limit, in whole minutes, as sbatch counts them."""
    minutes = -(-2 * limit // _MINUTE)
    return f'slurm: {{time: "{minutes // 60:02}:{minutes % 60:02}:00"}}' if limit else ""


def _amount(mebibytes: int) -> str:
    """Write an amount of memory as the manifest does."""
    if mebibytes >= _WHOLE * _GIBIBYTE or not mebibytes % _GIBIBYTE:
        return f"{-(-mebibytes // _GIBIBYTE)}G"
    return f"{mebibytes}M"


_EDITS: Mapping[str, Callable[[Usage, int], str]] = {
    "killed": _memory,
    "out_of_memory": _memory,
    "timeout": _time,
}
