"""The login node of a cluster, as a cluster of its own: it runs what only it may.

Its jobs are started by otplan's own runner, one after the other, where the run folders are those
of the cluster: so what reads them waits at a gate, as for any other cluster.
"""

from __future__ import annotations

from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.stage import Where

SUFFIX = "@login"
"""What follows the name of the cluster; no cluster file can be called so."""

_SITES = frozenset({"time_required", "nodes"})
"""Facts that are of the queue and not of the machine."""


def node_of(cluster: Cluster) -> Cluster:
    """Return the login node of a cluster."""
    facts = {name: value for name, value in cluster.facts.items() if name not in _SITES}
    return replace(
        cluster,
        name=f"{cluster.name}{SUFFIX}",
        scheduler="local",
        internet="compute",
        facts=facts,
        cpus=1,
        gpus=0,
        memory=None,
        partitions={},
        qos={},
        default_partition="",
        default_qos="",
        exclusions=(),
        mail=None,
        container=None,
        proxy=None,
        tunnel=None,
        variants={},
    )


def needed(cluster: Cluster) -> bool:
    """Tell whether what needs the internet runs on the login node, if anywhere."""
    return cluster.internet in ("login", "none") and not cluster.reaches_out


def site(cluster: str) -> str:
    """Return the name of the cluster whose login node is meant; empty where none is."""
    return cluster.removesuffix(SUFFIX) if cluster.endswith(SUFFIX) else ""


def where(stage: Where, cluster: Cluster) -> str:
    """Return the name of the cluster that a stage of a resource of this cluster runs on."""
    outside = stage is Where.INTERNET and needed(cluster)
    return f"{cluster.name}{SUFFIX}" if outside else cluster.name
