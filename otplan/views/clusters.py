"""The clusters that can be named, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from otplan.core.cluster import Cluster
from otplan.core.site import SiteLimits
from otplan.core.values import leaves
from otplan.views import document
from otplan.views.lines import flat
from otplan.views.style import Style, Tone
from otplan.views.table import table
from otplan.views.words import short

_HEADERS = ("CLUSTER", "SCHEDULER", "LOGIN", "CPUS", "GPUS", "FILE")
NO_LIMITS: Mapping[str, SiteLimits] = MappingProxyType({})
_UNKNOWN, _NONE = "unknown", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    clusters: Sequence[Cluster]
    limits: Mapping[str, SiteLimits]


def text(clusters: Sequence[Cluster], style: Style) -> str:
    """Return a row for each cluster; processors and GPUs are one node's."""
    if not clusters:
        return "No cluster is described.\n"
    return table(_HEADERS, [_cells(each) for each in clusters], style)


def one(cluster: Cluster, style: Style) -> str:
    """Return all that is said of a cluster, a line each; what is not known says so."""
    said = {
        "scheduler": cluster.scheduler,
        "login": cluster.login,
        "experiments_dir": cluster.experiments_dir,
        "cpus": _slots(cluster, cluster.cpus),
        "gpus": _slots(cluster, cluster.gpus),
        "python": cluster.python,
        "activate": cluster.activate or _NONE,
        "secrets": cluster.secrets or _NONE,
        **{f"env.{key}": value for key, value in cluster.env.items()},
        **dict(leaves(cluster.facts, "facts") if cluster.facts else ()),
    }
    widest = max(map(len, said))
    lines = [f"  {key:<{widest}}  {flat(_known(value))}" for key, value in said.items()]
    head = f"{style.paint(cluster.name, Tone.BOLD)}   ({flat(str(cluster.place.path))})"
    return "\n".join([head, "", *lines]) + "\n"


def json(clusters: Sequence[Cluster], limits: Mapping[str, SiteLimits] = NO_LIMITS) -> str:
    """Return a document with every cluster in full; what is not known is null.

    `limits` are what is known of the sites of some, by name.
    """
    return document.encode(_Document(clusters=clusters, limits=limits))


def _cells(cluster: Cluster) -> list[str]:
    return [
        cluster.name,
        cluster.scheduler,
        cluster.login,
        _slots(cluster, cluster.cpus),
        _slots(cluster, cluster.gpus),
        cluster.place.path,
    ]


def _slots(cluster: Cluster, number: int | None) -> str:
    """Return how many there are; the queue of a machine counts its own where nothing is said."""
    return "its own" if number is None and cluster.scheduler == "local" else _known(number)


def _known(value: object) -> str:
    return _UNKNOWN if value is None else short(value)
