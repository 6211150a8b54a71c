"""What each cluster can do: every stage, started in every way, by what the clusters' files say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from otplan.core import login
from otplan.core.cluster import Cluster
from otplan.core.stage import Draft, Limits, Program, Where
from otplan.kinds.moving import moving, outside
from otplan.kinds.settle import VARIANT, settled
from otplan.lint.site import Problem, refusals, unknown


class Verdict(Enum):
    """Whether a cluster can do something, as far as its file says; NEVER where nobody wants it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "?"
    NEVER = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A stage as a kind has one, that every cluster is asked for.

    `by` is the program of otplan's that runs it, where a role has several. `outside` is what it
    needs of the internet, `moves` tells one that runs where there is some, and `alone` one that
    is never started but plainly.
    """

    kind: str
    role: str
    by: str = ""
    tool: str = ""
    gpus: bool = False
    outside: str = ""
    moves: bool = False
    alone: bool = False

    @property
    def name(self) -> str:
        """Return what a row of the matrix is called."""
        return f"{self.kind}/{self.role}{f', {self.by}' if self.by else ''}"

    @property
    def template(self) -> str:
        """Return the template of its script."""
        return self.role if self.moves else f"{self.kind}.{self.role}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One stage on one cluster, started in one way: whether that goes, and why not.

    `stage` is the settled stage, `on` the cluster or its login node, wherever it runs; `advised`
    says whether the kind is recommended there.
    """

    cluster: str
    kind: str
    name: str
    way: str
    verdict: Verdict
    why: str
    stage: Draft
    on: Cluster
    advised: bool = True


_API, _SANDBOXES, _HUB = "the API of a model", "remote sandboxes", "the Hub"
PROBES = (
    Probe("dataset", "generate", outside=_API),
    Probe("dataset", "trace", tool="trials.py", gpus=True, outside=_SANDBOXES),
    Probe("dataset", "join", alone=True),
    Probe("dataset", "fetch", tool="fetch.py", outside=_HUB, moves=True, alone=True),
    Probe("training", "train", gpus=True),
    Probe("training", "pretokenize", tool="train_llamafactory.py", alone=True),
    Probe("training", "publish", tool="publish.py", outside=_HUB, moves=True, alone=True),
    Probe("training", "report", tool="report.py", outside="W&B", moves=True, alone=True),
    Probe("consolidation", "consolidate", gpus=True),
    Probe("eval", "evaluate", "Harbor", tool="trials.py", gpus=True, outside=_SANDBOXES),
    Probe("eval", "evaluate", "lm-eval", tool="lm_eval_tasks.py", gpus=True),
    Probe("script", "run"),
)

_STARTS = ("plain", "srun", "torchrun", "accelerate")
_LAUNCHERS = frozenset(_STARTS[2:])

_TIME = 1800
"""Seconds that are asked for where the cluster has no usual time limit."""

_OF_STAGES = frozenset(each for probe in PROBES for each in (probe.kind, probe.role))
"""Names of variants that follow from a stage and are no choice."""


def matrix(clusters: Iterable[Cluster]) -> tuple[Cell, ...]:
    """Return a cell for every cluster, stage and way to start its program, in order."""
    listed = tuple(clusters)
    every = ways(listed)
    return tuple(_cell(one, probe, way) for one in listed for probe in PROBES for way in every)


def ways(clusters: Iterable[Cluster]) -> tuple[str, ...]:
    """Return the ways to start a program: the starts, and the variants that some cluster has."""
    named = {name for one in clusters for name in one.variants} - _OF_STAGES
    return (*_STARTS, *sorted(named))


def _cell(cluster: Cluster, probe: Probe, way: str) -> Cell:
    on = login.node_of(cluster) if probe.moves and login.needed(cluster) else cluster
    stage = _stage(on, probe, way)
    advised = probe.kind in (*(cluster.kinds or (probe.kind,)), "script")
    verdict, why = _judged(stage, on)
    if probe.alone and way != _STARTS[0]:
        verdict, why = Verdict.NEVER, ""
    return Cell(cluster.name, probe.kind, probe.name, way, verdict, why, stage, on, advised)


def _judged(stage: Draft, cluster: Cluster) -> tuple[Verdict, str]:
    if problem := next(_refusals(stage, cluster), None):
        code, _, why, _ = problem
        return Verdict.NO, f"{why} ({code})"
    keys = unknown(stage, cluster)
    why = f"Nobody knows {', '.join(f'`{key}`' for key in keys)}. (OT547)" if keys else ""
    return Verdict.UNKNOWN if keys else Verdict.YES, why


def _refusals(stage: Draft, cluster: Cluster) -> Iterator[Problem]:
    if stage.limits.gpus and cluster.gpus == 0:
        yield "OT603", "gpus", f"It asks for GPUs, and {cluster.name} has none.", ""
    yield from refusals(stage, cluster)


def _stage(cluster: Cluster, probe: Probe, way: str) -> Draft:
    """Return a stage as usual there: all GPUs of a node, and two nodes where that is the point."""
    launch = way if way in _STARTS else (cluster.launchers or ("torchrun",))[0]
    extra = {"launch": launch, "internet": probe.outside}
    extra |= {} if way in _STARTS else {VARIANT: way}
    draft = Draft(
        role=probe.role,
        template=probe.template,
        result={},
        script={},
        program=Program(argv=("true",), extra=extra, tool=probe.tool),
        limits=moving(cluster) if probe.moves else _limits(cluster, probe, launch),
        where=Where.INTERNET if probe.moves else Where.COMPUTE,
        options=outside({}, cluster) if probe.moves else {},
    )
    return settled(probe.kind, draft, cluster)


def _limits(cluster: Cluster, probe: Probe, launch: str) -> Limits:
    gpus = (cluster.gpus or 1) if probe.gpus or launch in _LAUNCHERS else 0
    several = launch != "plain" and (cluster.facts.get("nodes") or 2) > 1
    return Limits(nodes=2 if several else 1, gpus=gpus, time=cluster.default_time or _TIME)
