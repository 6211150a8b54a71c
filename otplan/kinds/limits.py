"""What a resource asks of the scheduler: limits of its jobs, and options."""

from __future__ import annotations

import re
from collections.abc import Mapping

from otplan.core.resource import Resource
from otplan.core.stage import Limits
from otplan.core.values import Value

_MEMORY = re.compile(r"(?P<number>\d+)(?P<unit>[KMGT]?)")
_KIBIBYTES = {"K": 1, "": 1024, "M": 1024, "G": 1024**2, "T": 1024**3}
_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<clock>\d+(?::\d{1,2}){0,2})")
_SHORT_TIME = re.compile(r"(?P<number>\d+)(?P<unit>[mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


def limits(resource: Resource) -> Limits:
    """Return what each job of a resource may use."""
    memory, time = resource.get("memory"), resource.get("slurm.time")
    return Limits(
        nodes=resource.get("nodes", 1),
        cpus=resource.get("cpus"),
        gpus=resource.get("gpus", 0),
        memory=None if memory is None else mebibytes(memory),
        time=None if time is None else seconds(time),
        gpu_type=resource.get("gpu_type", ""),
    )


def options(resource: Resource) -> Mapping[str, str]:
    """Return the options of `slurm` by sbatch's long names; its time is one of the limits."""
    given: Mapping[str, Value] = resource.get("slurm", {})
    return {key.replace("_", "-"): str(given[key]) for key in sorted(given) if key != "time"}


def mebibytes(text: str) -> int:
    """Return an amount of memory in MiB, rounded up; a bare number is in MiB (man sbatch, --mem).

    Raise ValueError where it is none.
    """
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not an amount of memory; one looks like 16G")
    return -(-int(match["number"]) * _KIBIBYTES[match["unit"]] // 1024)


def seconds(text: str) -> int:
    """Return a time limit in seconds, by the formats of `man sbatch` (--time), or as `24h`.

    Without days the last part is seconds, a bare number minutes; after days, hours come first.
    Raise ValueError where it is no time.
    """
    if short := _SHORT_TIME.fullmatch(text):
        return int(short["number"]) * _SECONDS[short["unit"]]
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a time limit; one looks like 24:00:00")
    parts = [int(part) for part in match["clock"].split(":")]
    if match["days"]:
        hours, minutes, rest = [*parts, 0, 0][:3]
        return int(match["days"]) * 86400 + hours * 3600 + minutes * 60 + rest
    if len(parts) == 1:
        return parts[0] * 60
    hours, minutes, rest = [0, *parts][-3:]
    return hours * 3600 + minutes * 60 + rest
