"""What one job used: the questions for sacct and sstat, and their answers read.

Neither prints a header here: an answer that has no fitting line tells nothing, and that is all
it can mean (sacct(1), sstat(1)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from otplan.core.job import JobRef
from otplan.core.usage import Usage
from otplan.schedulers.slurm.client import Client

LIVE = frozenset({"PENDING", "RUNNING", "SUSPENDED"})
"""What accounting calls a job that sstat may know."""

_PAST = ("JobID", "JobIDRaw", "State", "MaxRSS", "AllocTRES", "TimelimitRaw")
_LIVE = ("JobID", "MaxRSS")
_AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[KMGTP]?)")
_MEBIBYTES = {"": 2**-20, "K": 2**-10, "M": 1.0, "G": 2.0**10, "T": 2.0**20, "P": 2.0**30}
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Step:
    """A job (its name is empty) or a step of it: memory held at most, and a node's share, in MiB.

    `raw` is the id that sstat knows, which an element of an array has of its own.
    """

    raw: str
    name: str
    state: str
    peak: float | None
    memory: float | None
    time: int | None


def ask(client: Client, job: JobRef, element: int | None, *, accounting: bool) -> Usage | None:
    """Ask sacct of one job, and sstat where it runs; what does not answer tells nothing."""
    whole = job.id if element is None else f"{job.id}_{element}"
    found = steps(whole, client.told(sacct(whole))) if accounting else ()
    own = next((step for step in found if not step.name), None)
    raw = own.raw if own else job.id
    # Accounting lags: what just started is still pending there.
    runs = own.state in LIVE if own else element is None
    return usage(found, peaks(raw, client.told(sstat(raw))) if runs else {})


def sacct(job: str) -> list[str]:
    """Return the question for a job and its steps; an element is `<id>_<element>`."""
    return ["sacct", "--parsable2", "--noheader", f"--format={','.join(_PAST)}", f"--jobs={job}"]


def sstat(raw: str) -> list[str]:
    """Return the question for all steps of a job that runs, by its own id."""
    fields = ",".join(_LIVE)
    return [
        "sstat",
        "--allsteps",
        "--parsable2",
        "--noheader",
        f"--format={fields}",
        f"--jobs={raw}",
    ]


def steps(job: str, out: str) -> tuple[Step, ...]:
    """Return the job and its steps, as sacct has them."""
    rows = (line.split("|") for line in out.splitlines())
    fit = (row for row in rows if len(row) == len(_PAST) and row[0].partition(".")[0] == job)
    return tuple(
        Step(
            raw=raw.partition(".")[0],
            name=id_.partition(".")[2],
            state=state,
            peak=_mebibytes(peak),
            memory=_share(resources),
            time=int(limit) * _MINUTE if limit.isdecimal() else None,
        )
        for id_, raw, state, peak, resources, limit in fit
    )


def peaks(raw: str, out: str) -> dict[str, float]:
    """Return the memory that each step of a running job held at most so far, by its name, in MiB.

    The last element of an array has the array's id: sstat then tells of the others too.
    """
    rows = (line.split("|") for line in out.splitlines())
    fit = (row for row in rows if len(row) == len(_LIVE) and row[0].partition(".")[0] == raw)
    told = ((id_.partition(".")[2], _mebibytes(peak)) for id_, peak in fit)
    return {name: peak for name, peak in told if peak is not None}


def usage(found: Iterable[Step], now: Mapping[str, float]) -> Usage | None:
    """Return what the step that came closest to its limit took; None where nothing is known."""
    known = {step.name: step for step in found}
    whole = known.get("", Step("", "", "", None, None, None))
    peaks = {name: step.peak for name, step in known.items() if step.peak is not None} | {**now}
    limits = {name: known.get(name, whole).memory or whole.memory for name in peaks}
    if not (known or peaks):
        return None
    closest = max(
        peaks, key=lambda name: (peaks[name] / (limits[name] or inf), peaks[name]), default=""
    )
    return Usage(_whole(peaks.get(closest)), _whole(limits.get(closest, whole.memory)), whole.time)


def _share(resources: str) -> float | None:
    """Return the memory on one node of what was allocated: `cpu=2,mem=600M,node=2`."""
    counts = dict(pair.partition("=")[::2] for pair in resources.split(","))
    memory, nodes = _mebibytes(counts.get("mem", "")), counts.get("node", "")
    return memory / int(nodes) if memory and nodes.isdecimal() and int(nodes) else None


def _mebibytes(text: str) -> float | None:
    """Read `273548K`, `62.50G` or a number of bytes."""
    match = _AMOUNT.fullmatch(text)
    return float(match["number"]) * _MEBIBYTES[match["unit"]] if match else None


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
