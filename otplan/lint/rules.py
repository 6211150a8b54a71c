"""Rules on a resource and its cluster, and on references between resources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from otplan.core.address import Address
from otplan.core.cluster import Cluster, share
from otplan.core.hub import Repo
from otplan.core.resource import Reference, Resource
from otplan.errors import Diagnostic, Severity
from otplan.kinds.llamafactory import CHECKPOINT, LAUNCHER
from otplan.kinds.program import outputs
from otplan.kinds.publishing import check_published, target

_HAS = {"cpus": "processors on a node", "gpus": "GPUs on a node", "nodes": "nodes"}


def unknown_cluster(resource: Resource, known: Collection[str]) -> Diagnostic:
    """Say that there is no such cluster, and which was meant."""
    close = get_close_matches(resource.cluster, known, n=1)
    mend = f"Did you mean `{close[0]}`?" if close else f"Known here: {', '.join(sorted(known))}."
    return _error(resource, "OT601", "cluster", f"There is no cluster `{resource.cluster}`.", mend)


def check_cluster(resource: Resource, cluster: Cluster) -> Iterator[Diagnostic]:
    """Yield what a resource asks of its cluster and cannot get there."""
    unlimited = resource.get("slurm.time") is None and cluster.default_time is None
    if cluster.facts.get("time_required") and unlimited:
        message = f"It has no time limit, and {cluster.name} takes no job without."
        mend = 'Write `slurm: {time: "24:00:00"}` here, or once below `defaults`.'
        yield _error(resource, "OT602", "slurm", message, mend)
    has = {"cpus": cluster.cpus, "gpus": cluster.gpus, "nodes": cluster.facts.get("nodes")}
    for field, there in has.items():
        asked = resource.get(field)
        if asked is not None and there is not None and asked > there:
            message = f"It asks for {asked} {_HAS[field]}, and {cluster.name} has {there}."
            mend = f"Ask for {there} or fewer, or run it on another cluster."
            yield _error(resource, "OT603", field, message, mend)


def check_references(
    resource: Resource, others: Mapping[Address, Resource], clusters: Mapping[str, Cluster]
) -> Iterator[Diagnostic]:
    """Yield references to what lies on another cluster, and nothing brings here.

    What is published, or on the Hub already, is fetched from there.
    """
    for reference in resource.references:
        found = (others[target] for target in reference.targets if target in others)
        for other in found:
            here, there = clusters.get(resource.cluster), clusters.get(other.cluster)
            if here is None or there is None or here == there or other.get("source.repo"):
                continue
            place = other.get("source.path") or there.experiments_dir
            if share(place, here, there):
                continue
            if mend := _lacks(reference, other):
                message = (
                    f"`{other.address}` lies in {place} on {there.name}, "
                    f"and nothing brings it to {here.name}."
                )
                yield _error(resource, "OT604", reference.path, message, mend)


def _lacks(reference: Reference, other: Resource) -> str:
    """Return what would bring a product to its reader; empty where its repo does."""
    if other.get("repo") is not None:
        shards = other.get("launcher") == LAUNCHER and reference.path == "training"
        if not shards or CHECKPOINT in outputs(other):
            return ""
        return f"Its repo lacks the shards: `outputs: [model, {CHECKPOINT}]` at {other.address}."
    publish = f"Publish it, by `repo: owner/name` at {other.address}, " if _can(other) else ""
    mount = "name the folder in `shared_folders` of both cluster files, if both mount it there."
    return f"{publish}or {mount}" if publish else f"Run both on one cluster, or {mount}"


def _can(other: Resource) -> bool:
    """Tell whether what a resource makes can be published."""
    return "repo" in other.sheet and "source" not in other.fields


def _error(resource: Resource, code: str, path: str, message: str, mend: str) -> Diagnostic:
    place, address = resource.where(path), str(resource.address)
    return Diagnostic(code, Severity.ERROR, message, place, address, mend)


def check_targets(resources: Iterable[Resource]) -> Iterator[Diagnostic]:
    """Yield what is wrong with repos that are published to: one that two are, above all."""
    first: dict[Repo, Resource] = {}
    for resource in resources:
        yield from check_published(resource)
        if resource.get("repo") is None:
            continue
        # To the Hub, names that differ in their case are one.
        repo = target(resource)
        other = first.setdefault(replace(repo, name=repo.name.lower()), resource)
        if other is not resource:
            message = f"{other.address} is published to `{resource.get('repo')}` as well."
            mend = "Give each a repo of its own; the labels of a matrix are ${matrix.<label>}."
            yield _error(resource, "OT564", "repo", message, mend)
