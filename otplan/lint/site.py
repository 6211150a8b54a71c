"""What a resource's stages ask of their site and cannot have, by the cluster's file.

The site itself is asked before the first job (planner/beyond.py); this needs nothing but files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import TypeAlias

from otplan.core.cluster import Bounds, Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Where
from otplan.errors import Diagnostic, Severity
from otplan.kinds import KINDS
from otplan.kinds.settle import VARIANT, settled

Problem: TypeAlias = tuple[str, str, str, str]
"""A code, the field that asks for it, what is wrong, and what to do."""

_PLAIN = ("plain", "srun")
"""Starts that every site with Slurm knows."""

_HAS = (("cpus", "processors"), ("gpus", "GPUs"), ("memory", "MiB of memory"))

_MATTERS_FOR_GPUS = ("cpus", "gpus", "gpu_directive")
_MATTERS_FOR_LAUNCHERS = ("launchers", "modules")


def check_site(resource: Resource, cluster: Cluster) -> Iterator[Diagnostic]:
    """Yield what the stages of a resource cannot have on its cluster, and what nobody knows."""
    kind = resource.address.kind
    drafts = [one for one in KINDS[kind].stages(resource, cluster) if not one.given]
    for draft in drafts:
        stage = settled(kind, draft, cluster)
        yield from (_error(resource, *one) for one in refusals(stage, cluster))
        yield from _doubts(resource, stage, cluster)
    if drafts and cluster.kinds and kind not in (*cluster.kinds, "script"):
        message = f"{cluster.name} is recommended for {_listed(cluster.kinds)}, not for a {kind}."
        yield _warning(resource, "OT548", "cluster", message, "Choose another cluster, or go on.")


def refusals(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    """Yield what a settled stage asks for beyond what its cluster's file allows."""
    yield from _partitions(stage, cluster)
    qos = stage.options.get("qos", "")
    rest = ((cluster.name, cluster.whole), (f"QOS `{qos}`", cluster.qos.get(qos, Bounds())))
    for who, bounds in rest:
        yield from _beyond(stage, who, bounds)
    yield from _types(stage, cluster)
    yield from _launchers(stage, cluster)
    yield from _internet(stage, cluster)


def unknown(stage: Draft, cluster: Cluster) -> tuple[str, ...]:
    """Return the keys of the cluster's file that are null, and matter for a stage."""
    extra = stage.program.extra
    matters = {
        "default_time": stage.limits.time is None,
        "internet": stage.where is Where.INTERNET or bool(stage.program.outside),
        **dict.fromkeys(_MATTERS_FOR_GPUS, bool(stage.limits.gpus)),
        **dict.fromkeys(_MATTERS_FOR_LAUNCHERS, extra.get("launch", "plain") not in _PLAIN),
    }
    return tuple(key for key in cluster.unknown if matters.get(key))


def _partitions(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    """Yield what none of the stage's partitions allows: one that does is enough."""
    names = stage.options.get("partition", "").split(",")
    found = [
        list(_beyond(stage, f"partition `{name}`", cluster.partitions.get(name, Bounds())))
        for name in names
    ]
    yield from found[0] if all(found) else ()


def _beyond(stage: Draft, who: str, bounds: Bounds) -> Iterator[Problem]:
    limits, longest = stage.limits, bounds.longest(stage.limits.nodes)
    for field, noun in _HAS:
        asked, there = getattr(limits, field), getattr(bounds, field)
        if asked and there is not None and asked > there:
            message = f"It asks for {asked} {noun} on a node, and those of {who} have {there}."
            yield "OT540", field, message, f"Ask for {there}, or for another partition."
    if limits.time is not None and longest is not None and limits.time > longest:
        mine, theirs = timedelta(seconds=limits.time), timedelta(seconds=longest)
        message = f"Its time limit is {mine}, and {who} gives {theirs} to {_nodes(limits.nodes)}."
        mend = "Ask for less, and let `attempts` go on from the checkpoint."
        yield "OT541", "slurm.time", message, mend
    yield from _too_many_nodes(limits.nodes, who, bounds)
    gpus = limits.gpus * limits.nodes
    if bounds.max_gpus is not None and gpus > bounds.max_gpus:
        message = f"It asks for {gpus} GPUs in all, and {who} gives {bounds.max_gpus} to a job."
        yield "OT543", "gpus", message, "Ask for fewer nodes."


def _too_many_nodes(nodes: int, who: str, bounds: Bounds) -> Iterator[Problem]:
    most = min(bounds.max_nodes or nodes, bounds.nodes or nodes)
    if nodes > most:
        message = f"It asks for {_nodes(nodes)}, and {who} gives {most} at most."
        yield "OT542", "nodes", message, f"Ask for {most}, or for another partition or QOS."
    if bounds.min_nodes is not None and nodes < bounds.min_nodes:
        message = f"It asks for {_nodes(nodes)}, and {who} takes {bounds.min_nodes} or more."
        yield "OT542", "nodes", message, f"Ask for {bounds.min_nodes}, or for another QOS."


def _types(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    name = stage.limits.gpu_type
    if name and cluster.gpu_types and name not in cluster.gpu_types:
        message = f"{cluster.name} has no GPUs of type `{name}`."
        yield "OT549", "gpu_type", message, _meant(name, list(cluster.gpu_types))


def _launchers(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    launch, variant = (stage.program.extra.get(key, "") for key in ("launch", VARIANT))
    if variant and variant not in cluster.variants:
        message = f"{cluster.name} is not set up for the variant `{variant}`."
        mend = f"Describe it under `variants` of clusters/{cluster.name}.yaml, or run it elsewhere."
        yield "OT545", "", message, mend
    known = cluster.launchers
    if launch and launch not in _PLAIN and known is not None and launch not in known:
        has = _listed(known) if known else "no launcher of several processes"
        message = f"Its program is started by {launch}, and {cluster.name} has {has}."
        mend = f"Run it on another cluster, or add it to `launchers` of {cluster.name}."
        yield "OT545", "", message, mend


def _internet(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    what, moves = stage.program.outside, stage.where is Where.INTERNET
    way = cluster.way_out(moves=moves, asks=bool(what))
    if what and way is None:
        message = f"It needs {what}, and {cluster.name} has internet {_where(cluster)}."
        mend = "Run it on another cluster, or give your cluster file a `proxy` or `tunnel`."
        yield "OT546", stage.role, message, mend
    if way and cluster.tunnel and stage.limits.nodes > 1:
        message = (
            f"It needs {what or 'the internet'} on {stage.limits.nodes} nodes, and the tunnel of "
            f"{cluster.name} stands on the first one only."
        )
        mend = "Run it on one node, or give your cluster file a `proxy` that every node reaches."
        yield "OT552", "nodes", message, mend


def _where(cluster: Cluster) -> str:
    if cluster.internet_partition:
        return f"in the partition `{cluster.internet_partition}` only"
    return "on its login nodes only" if cluster.internet == "login" else "nowhere"


def _doubts(resource: Resource, stage: Draft, cluster: Cluster) -> Iterator[Diagnostic]:
    """Yield names that the cluster's file does not know, and keys that nobody knows."""
    known: Mapping[str, Mapping[str, Bounds]]
    known = {"partition": cluster.partitions, "qos": cluster.qos}
    for option, there in known.items():
        for name in resource.get(f"slurm.{option}", "").split(","):
            if name and there and name not in there:
                message = f"The file of {cluster.name} knows no {option} `{name}`."
                mend = _meant(name, list(there))
                yield _warning(resource, "OT544", f"slurm.{option}", message, mend)
    if keys := unknown(stage, cluster):
        named = _listed([f"`{key}`" for key in keys])
        message = f"Nobody knows {named} of {cluster.name}, and it matters for {stage.role}."
        mend = f"Write it into a clusters/{cluster.name}.yaml of yours (base: {cluster.name})."
        yield _warning(resource, "OT547", "cluster", message, mend)


def _nodes(number: int) -> str:
    return "1 node" if number == 1 else f"{number} nodes"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def _meant(name: str, there: Sequence[str]) -> str:
    close = get_close_matches(name, there, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {', '.join(there)}."


def _error(resource: Resource, code: str, path: str, message: str, mend: str) -> Diagnostic:
    place, address = resource.where(path), str(resource.address)
    return Diagnostic(code, Severity.ERROR, message, place, address, mend)


def _warning(resource: Resource, code: str, path: str, message: str, mend: str) -> Diagnostic:
    place, address = resource.where(path), str(resource.address)
    return Diagnostic(code, Severity.WARNING, message, place, address, mend)
