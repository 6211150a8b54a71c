"""Rules on a resource and its cluster, and on references between resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.errors import Diagnostic, Severity

_HAS = {"cpus": "processors on a node", "gpus": "GPUs on a node", "nodes": "nodes"}


def unknown_cluster(resource: Resource, clusters: Mapping[str, Cluster]) -> Diagnostic:
    """Say that there is no such cluster, and which was meant."""
    close = get_close_matches(resource.cluster, clusters, n=1)
    known = ", ".join(sorted(clusters)) or "none"
    mend = f"Did you mean `{close[0]}`?" if close else f"Known here: {known}."
    return _error(resource, "OT601", "cluster", f"There is no cluster `{resource.cluster}`.", mend)


def check_cluster(resource: Resource, cluster: Cluster) -> Iterator[Diagnostic]:
    """Yield what a resource asks of its cluster and cannot get there."""
    if cluster.facts.get("time_required") and resource.get("slurm.time") is None:
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
    resource: Resource, others: Mapping[Address, Resource]
) -> Iterator[Diagnostic]:
    """Yield references to what is made on another cluster: nothing brings it over yet."""
    for reference in resource.references:
        found = (others[target] for target in reference.targets if target in others)
        for other in found:
            if other.cluster != resource.cluster:
                made = f"`{other.address}` is made on {other.cluster}"
                message = f"{made}, and nothing brings it to {resource.cluster}."
                mend = "Run both on one cluster."
                yield _error(resource, "OT604", reference.path, message, mend)


def _error(resource: Resource, code: str, path: str, message: str, mend: str) -> Diagnostic:
    place, address = resource.where(path), str(resource.address)
    return Diagnostic(code, Severity.ERROR, message, place, address, mend)
