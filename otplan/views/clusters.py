"""The clusters that can be named, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from otplan import shipped
from otplan.core.cluster import Cluster
from otplan.core.site import SiteLimits
from otplan.core.values import Value, leaves
from otplan.views import document
from otplan.views.lines import flat
from otplan.views.style import Style, Tone
from otplan.views.table import table
from otplan.views.words import short

_HEADERS = ("CLUSTER", "SCHEDULER", "CPUS", "GPUS", "INTERNET", "FOR", "FILE")
NO_LIMITS: Mapping[str, SiteLimits] = MappingProxyType({})
_UNKNOWN, _NONE = "unknown", "none"

_APART = frozenset(
    {
        *("name", "place", "facts", "unknown", "variants"),
        *("scheduler", "login", "experiments_dir", "cpus", "gpus"),
        *("python", "activate", "secrets"),
    }
)
"""What is told in its own words, or only in the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    clusters: Sequence[Cluster]
    limits: Mapping[str, SiteLimits]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detected:
    format_version: str = document.FORMAT_VERSION
    clusters: Sequence[str]
    hosts: Sequence[str]


def detected(clusters: Sequence[str], hosts: Sequence[str]) -> str:
    """Return the cluster that a machine of these names belongs to, or what to do."""
    if len(clusters) == 1:
        return f"{clusters[0]}\n"
    named = " or ".join(hosts)
    if clusters:
        return f"{named} may be a host of {', '.join(clusters)}: name one as `cluster`.\n"
    mend = "Write a pattern of its name into `hosts` of a cluster file of yours."
    return f"No cluster has a host {named}.\n{mend}\n"


def detected_json(clusters: Sequence[str], hosts: Sequence[str]) -> str:
    """Return the same as a document."""
    return document.encode(_Detected(clusters=clusters, hosts=hosts))


def imported(path: str, left: Mapping[str, str]) -> str:
    """Return where a dotenv file went, and which of its variables did not, with the reason."""
    rows = [(name, why) for name, why in left.items()]
    widest = max(map(len, left), default=0)
    lines = [f"  {flat(name):<{widest}}  {flat(why)}" for name, why in rows]
    told = ["", "Not taken:", "", *lines] if lines else []
    return "\n".join([f"Wrote {path}.", *told]) + "\n"


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
        **_rest(cluster),
        **{key: _UNKNOWN for key in cluster.unknown if not getattr(cluster, key, None)},
    }
    days: Mapping[str, str] = cluster.facts.get("dates", {})
    widest = max(map(len, said))
    lines = [
        f"  {key:<{widest}}  {flat(_known(value))}{_day(key, days)}" for key, value in said.items()
    ]
    head = f"{style.paint(cluster.name, Tone.BOLD)}   ({flat(str(cluster.place.path))})"
    return "\n".join([head, "", *lines]) + "\n"


def _rest(cluster: Cluster) -> Mapping[str, Value]:
    """Return what else a cluster's file says, by dotted keys."""
    whole = msgspec.to_builtins(cluster)
    every = {key: value for key, value in whole.items() if key not in _APART and value}
    every |= {key: value for key, value in whole["facts"].items() if key != "dates"}
    return {key: value for key, value in leaves(every) if value not in (None, "", (), [], {})}


def _day(key: str, days: Mapping[str, str]) -> str:
    day = days.get(key.partition(".")[0])
    return f"   ({day})" if day else ""


def json(clusters: Sequence[Cluster], limits: Mapping[str, SiteLimits] = NO_LIMITS) -> str:
    """Return a document with every cluster in full; what is not known is null.

    `limits` are what is known of the sites of some, by name.
    """
    return document.encode(_Document(clusters=clusters, limits=limits))


def _cells(cluster: Cluster) -> list[str]:
    return [
        cluster.name,
        cluster.scheduler,
        _slots(cluster, cluster.cpus),
        _gpus(cluster),
        cluster.internet or _UNKNOWN,
        ", ".join(cluster.kinds) or "anything",
        _file(cluster.place.path),
    ]


def _file(path: str) -> str:
    """Return which file describes it: of those that come with otplan the place says nothing."""
    return "shipped" if Path(path).parent == shipped.folder("clusters") else path


def _slots(cluster: Cluster, number: int | None) -> str:
    """Return how many there are; the queue of a machine counts its own where nothing is said."""
    return "its own" if number is None and cluster.scheduler == "local" else _known(number)


def _gpus(cluster: Cluster) -> str:
    """Return how many GPUs a node has, and which."""
    kind = cluster.facts.get("gpu", "")
    number = _slots(cluster, cluster.gpus)
    return f"{number} {kind}".strip() if cluster.gpus != 0 else number


def _known(value: object) -> str:
    return _UNKNOWN if value is None else short(value)
