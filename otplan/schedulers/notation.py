"""The values of a job's fields as text, in the words of sbatch(1) and scontrol(1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from otplan.core.job import Edge, JobRef

OWN = ".otp-"
"""What the name of every job of otplan carries."""

_TIME = re.compile(r"(?:(?P<d>\d+)-)?(?P<h>\d+):(?P<m>\d+):(?P<s>\d+)")
_EDGE = re.compile(r"(?P<id>\d+)(?:_(?P<element>\d+))?")


def time(seconds: int) -> str:
    """Write a time limit as `D-HH:MM:SS`, the one form nobody misreads."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}-{hours:02}:{minutes:02}:{rest:02}"


def seconds(text: str) -> int:
    """Read a time limit: minutes, `HH:MM:SS` or `D-HH:MM:SS`; raise ValueError for others."""
    if text.isdecimal():
        return int(text) * 60
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a time limit; one looks like 1-12:00:00")
    days, hours, minutes, rest = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def dependency(edges: Iterable[Edge]) -> str:
    """Write edges as `afterok:12:13_4`; empty for none, which frees a job."""
    ids = [f"{e.job.id}" if e.element is None else f"{e.job.id}_{e.element}" for e in edges]
    return ":".join(["afterok", *ids]) if ids else ""


def edges(text: str, cluster: str) -> tuple[Edge, ...]:
    """Read edges back; raise ValueError for anything but `afterok` on ids."""
    if not text:
        return ()
    kind, *ids = text.split(":")
    matches = [_EDGE.fullmatch(id_) for id_ in ids]
    if kind != "afterok" or not ids or None in matches:
        raise ValueError(f"`{text}` is not a dependency; one looks like afterok:12:13_4")
    parts = [(m["id"], m["element"]) for m in matches if m]
    return tuple(
        Edge(JobRef(cluster, id_), None if element is None else int(element))
        for id_, element in parts
    )
