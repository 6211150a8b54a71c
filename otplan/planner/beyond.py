"""What a stage asks for beyond what its site allows: then nothing of it is sent.

Slurm takes most of it, and never starts it, unless a site set EnforcePartLimits (slurm.conf(5)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from otplan.core.plan import Reason
from otplan.core.site import Nodes, Partition, SiteLimits
from otplan.core.stage import Limits, Stage
from otplan.core.units import clock, count, mebibytes
from otplan.planner import sites
from otplan.planner.around import Around

_LIFTING = ("PartitionTimeLimit", "PartitionMaxNodes")
"""Flags of a QOS whose jobs may go beyond what their partition allows (sacctmgr(1))."""

_SCONTROL, _SINFO, _SACCTMGR = "scontrol", "sinfo", "sacctmgr"


@dataclass(frozen=True, slots=True)
class Excess:
    """One thing that a site does not allow: the field that asks for it, and who says so."""

    field: str
    text: str
    source: str


def beyond(stage: Stage, elements: Sequence[int], around: Around) -> tuple[Reason, ...]:
    """Return why a stage, or these elements of its array, must not be submitted; none if it may.

    What is not known of a site never stands in the way.
    """
    site = around.snapshot.limits.get(stage.cluster)
    if site is None:
        return ()
    reasons = [_reason(stage, one, site, around) for one in excesses(stage, elements, site)]
    help_ = f"otplan cluster show {stage.cluster}"
    return (*reasons[:-1], *(replace(last, help=help_) for last in reasons[-1:]))


def excesses(stage: Stage, elements: Sequence[int], site: SiteLimits) -> Iterator[Excess]:
    """Yield what a stage asks for beyond what its site allows.

    Of several partitions one that takes it is enough, but there must be all of them.
    """
    yield from _array(stage, elements, site)
    yield from _account(stage, site)
    yield from _qos(stage, site)
    names = sites.wanted(stage, site) if site.partitions else ()
    found = [sites.partition(name, site) for name in names]
    known = [one for one in found if one is not None]
    for name, one in zip(names, found, strict=True):
        if one is None:
            there = ", ".join(each.name for each in site.partitions or ())
            text = f"there is no partition `{name}`; there are {there}"
            yield Excess("slurm.partition", text, _SCONTROL)
    if known and len(known) == len(found):
        each = [list(_within(stage, elements, one, site)) for one in known]
        yield from each[0] if all(each) else ()


def _reason(stage: Stage, found: Excess, site: SiteLimits, around: Around) -> Reason:
    resource = around.graph.resources.get(stage.addresses[0])
    where = f"; `{found.field}` at {resource.where(found.field)}" if resource else ""
    said = f"{found.source}, {_ago(around.snapshot.at - site.at)}"
    return Reason("limit", f"{found.text} ({said}){where}")


def _ago(seconds: int) -> str:
    sizes = ((86_400, "d"), (3_600, "h"), (60, "m"))
    return next((f"{seconds // n}{unit} ago" for n, unit in sizes if seconds >= n), "just now")


def _array(stage: Stage, elements: Sequence[int], site: SiteLimits) -> Iterator[Excess]:
    """Yield an array that is too large; MaxArraySize is one more than the highest element."""
    if site.controller is None or not elements:
        return
    size, jobs = site.controller.max_array_size, site.controller.max_job_count
    field = f"{stage.role}.chunks"
    if size is not None and max(elements) >= size:
        text = f"its array has an element {max(elements)}, and {size - 1} is the last there may be"
        yield Excess(field, text, _SCONTROL)
    if jobs is not None and len(elements) > jobs:
        text = f"its array has {len(elements)} elements, and there may be {jobs} jobs in all"
        yield Excess(field, text, _SCONTROL)


def _account(stage: Stage, site: SiteLimits) -> Iterator[Excess]:
    account = stage.options.get("account", "")
    if not account or not site.associations or not sites.enforces("associations", site):
        return
    mine = dict.fromkeys(one.account for one in site.associations)
    if account.lower() not in {name.lower() for name in mine}:
        text = f"you have no account `{account}`; you have {', '.join(mine)}"
        yield Excess("slurm.account", text, _SACCTMGR)
    elif not sites.charged(stage, site):
        where = ", ".join(sites.wanted(stage, site))
        text = f"your account `{account}` is not for partition `{where}`"
        yield Excess("slurm.account", text, _SACCTMGR)


def _qos(stage: Stage, site: SiteLimits) -> Iterator[Excess]:
    name = stage.options.get("qos", "")
    mine = [one.qos for one in sites.charged(stage, site)]
    if name and site.qos and sites.qos(name, site) is None:
        there = ", ".join(one.name for one in site.qos)
        yield Excess("slurm.qos", f"there is no QOS `{name}`; there are {there}", _SACCTMGR)
    elif name and mine and sites.enforces("qos", site):
        allowed = [one for names in mine for one in names or (name,)]
        if name.lower() not in {one.lower() for one in allowed}:
            there = ", ".join(dict.fromkeys(allowed))
            text = f"your account does not have QOS `{name}`; it has {there}"
            yield Excess("slurm.qos", text, _SACCTMGR)


def _within(
    stage: Stage, elements: Sequence[int], partition: Partition, site: SiteLimits
) -> Iterator[Excess]:
    """Yield what one partition, or who rules there, does not allow."""
    limits, name = stage.limits, f"partition `{partition.name}`"
    flags = _flags(stage, site)
    if "PartitionTimeLimit" not in flags:
        yield from _long(limits, (name, partition.max_time), _SCONTROL)
    too_many = partition.max_nodes is not None and limits.nodes > partition.max_nodes
    if too_many and "PartitionMaxNodes" not in flags:
        text = f"it asks for {limits.nodes} nodes, and {name} gives {partition.max_nodes} to a job"
        yield Excess("nodes", text, _SCONTROL)
    else:
        yield from _on_nodes(limits, partition)
    qos = stage.options.get("qos", "")
    allowed = partition.allowed
    if qos and allowed is not None and qos.lower() not in {one.lower() for one in allowed}:
        text = f"{name} is not for QOS `{qos}`, but for {', '.join(allowed)}"
        yield Excess("slurm.qos", text, _SCONTROL)
    yield from _long(limits, sites.longest(stage, partition, site) or ("", None), _SACCTMGR)
    most = sites.most(stage, partition, site)
    if most and len(elements) > most[1]:
        text = f"its array has {len(elements)} elements, and {most[0]} takes {most[1]} at a time"
        yield Excess(f"{stage.role}.chunks", text, _SACCTMGR)


def _flags(stage: Stage, site: SiteLimits) -> Sequence[str]:
    """Return the flags of the job's QOS; those that lift a limit, where it is named and unknown."""
    name = sites.quality(stage, site)
    qos = sites.qos(name, site)
    return qos.flags if qos else _LIFTING if name else ()


def _long(limits: Limits, bound: tuple[str, int | None], source: str) -> Iterator[Excess]:
    who, longest = bound
    if limits.time is not None and longest is not None and limits.time > longest:
        text = f"its time limit is {clock(limits.time)}, and {who} gives {clock(longest)} to a job"
        yield Excess("slurm.time", text, source)


def _on_nodes(limits: Limits, partition: Partition) -> Iterator[Excess]:
    """Yield what no node has; else, that too few have all of it."""
    if not partition.nodes:
        return
    wants: Sequence[tuple[str, int | None, Callable[[Nodes], int | None]]] = (
        ("cpus", limits.cpus, lambda each: each.cpus),
        ("memory", limits.memory, lambda each: each.memory),
        ("gpu_type" if limits.gpu_type else "gpus", limits.gpus, _counting(limits)),
    )
    name, fitting, alone = f"partition `{partition.name}`", list(partition.nodes), False
    for field, asked, has in wants:
        found = [has(each) for each in partition.nodes]
        counts = [number for number in found if number is not None]
        if asked and len(counts) == len(found):
            fitting = [one for one in fitting if (has(one) or 0) >= asked]
            if max(counts) < asked:
                alone = True
                mine, theirs = _told(field, asked, max(counts), limits)
                text = f"it asks for {mine} on a node, and those of {name} have {theirs}"
                yield Excess(field, text, _SINFO)
    number = sum(one.count for one in fitting)
    if not alone and number < limits.nodes:
        text = f"of the nodes of {name} {number} will do, and it asks for {limits.nodes}"
        yield Excess("nodes", text, _SINFO)


def _told(field: str, asked: int, most: int, limits: Limits) -> tuple[str, str]:
    """Return what is asked for and what there is at most, as a person would say it."""
    match field:
        case "memory":
            alike = mebibytes(asked) == mebibytes(most)
            mine, theirs = (f"{n:,} MiB" if alike else mebibytes(n) for n in (asked, most))
            return f"{mine} of memory", theirs
        case "cpus":
            return count(asked, "processor"), f"{most:,}"
        case _:
            type_ = f" of type `{limits.gpu_type}`" if limits.gpu_type else ""
            return f"{count(asked, 'GPU')}{type_}", f"{most:,}"


def _counting(limits: Limits) -> Callable[[Nodes], int | None]:
    """Return what counts the GPUs of a node that will do."""
    wanted = limits.gpu_type.lower()

    def count(node: Nodes) -> int | None:
        if node.gpus is None:
            return None
        return sum(n for type_, n in node.gpus.items() if wanted in ("", type_.lower()))

    return count
