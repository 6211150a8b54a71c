"""Jobs that only move what others make: what they may use, and where they run."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core.cluster import Cluster
from otplan.core.stage import Limits

TIME = 4 * 3_600
"""Seconds that bringing a repo here, or sending one up, may take."""

_KEPT = ("account", "partition", "qos")
"""Options of a resource that moving needs as well; the others speak of its own nodes."""


def moving(cluster: Cluster) -> Limits:
    """Return what a job that moves files may use: one node, and some hours."""
    longest = cluster.whole.longest(1)
    return Limits(time=TIME if longest is None else min(TIME, longest))


def outside(options: Mapping[str, str], cluster: Cluster) -> Mapping[str, str]:
    """Return the options of a resource for a job that needs the internet.

    Where only one partition has it, that is the one, and no QOS of another is asked for.
    """
    kept = {name: options[name] for name in _KEPT if name in options}
    if not cluster.internet_partition:
        return kept
    return {name: kept[name] for name in kept if name == "account"} | {
        "partition": cluster.internet_partition
    }
