"""What each cluster can do: every kind, started in every way, by what the clusters' files say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from otplan.core.cluster import Cluster
from otplan.core.stage import Draft, Limits, Program
from otplan.kinds.settle import VARIANT, settled
from otplan.lint.site import Problem, refusals, unknown


class Verdict(Enum):
    """Whether a cluster can do something, as far as its file says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Probe:
    """A stage as each kind has one, that every cluster is asked for; some need the internet."""

    kind: str
    role: str
    gpus: bool = False
    internet: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind on one cluster, started in one way: whether that goes, and why not.

    `stage` is the settled stage; `advised` says whether the kind is recommended there.
    """

    cluster: str
    kind: str
    way: str
    verdict: Verdict
    why: str
    stage: Draft
    advised: bool = True


PROBES = (
    Probe("dataset", "generate", internet=True),
    Probe("training", "train", gpus=True),
    Probe("consolidation", "consolidate", gpus=True),
    Probe("eval", "evaluate", gpus=True, internet=True),
    Probe("script", "run"),
)

_STARTS = ("plain", "srun", "torchrun", "accelerate")
_LAUNCHERS = frozenset(_STARTS[2:])

_TIME = 1800
"""Seconds that are asked for where the cluster has no usual time limit."""

_OF_STAGES = frozenset(each for probe in PROBES for each in (probe.kind, probe.role)) | {
    "trace",
    "join",
    "pretokenize",
}
"""Names of variants that follow from a stage and are no choice."""


def matrix(clusters: Iterable[Cluster]) -> tuple[Cell, ...]:
    """Return a cell for every cluster, kind and way to start its program, in order."""
    listed = tuple(clusters)
    every = ways(listed)
    return tuple(_cell(one, probe, way) for one in listed for probe in PROBES for way in every)


def ways(clusters: Iterable[Cluster]) -> tuple[str, ...]:
    """Return the ways to start a program: the starts, and the variants that some cluster has."""
    named = {name for one in clusters for name in one.variants} - _OF_STAGES
    return (*_STARTS, *sorted(named))


def _cell(cluster: Cluster, probe: Probe, way: str) -> Cell:
    stage = _stage(cluster, probe, way)
    advised = probe.kind in (*(cluster.kinds or (probe.kind,)), "script")
    if problem := next(_refusals(stage, cluster), None):
        code, _, why, _ = problem
        return Cell(cluster.name, probe.kind, way, Verdict.NO, f"{why} ({code})", stage, advised)
    keys = unknown(stage, cluster)
    verdict = Verdict.UNKNOWN if keys else Verdict.YES
    why = f"Nobody knows {', '.join(f'`{key}`' for key in keys)}. (OT547)" if keys else ""
    return Cell(cluster.name, probe.kind, way, verdict, why, stage, advised)


def _refusals(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    if stage.limits.gpus and cluster.gpus == 0:
        yield "OT603", "gpus", f"It asks for GPUs, and {cluster.name} has none.", ""
    yield from refusals(stage, cluster)


def _stage(cluster: Cluster, probe: Probe, way: str) -> Draft:
    """Return a stage as usual there: all GPUs of a node, and two nodes where that is the point."""
    launch = way if way in _STARTS else (cluster.launchers or ("torchrun",))[0]
    gpus = (cluster.gpus or 1) if probe.gpus or launch in _LAUNCHERS else 0
    several = launch != "plain" and (cluster.facts.get("nodes") or 2) > 1
    extra = {"launch": launch, "internet": "the internet" if probe.internet else ""}
    extra |= {} if way in _STARTS else {VARIANT: way}
    time = cluster.default_time or _TIME
    limits = Limits(nodes=2 if several else 1, gpus=gpus, time=time)
    program = Program(argv=("true",), extra=extra)
    draft = Draft(probe.role, f"{probe.kind}.{probe.role}", {}, {}, program, limits)
    return settled(probe.kind, draft, cluster)
