"""One Slurm job, or one array: the unit of identity, state and planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from otplan.core.address import Address
from otplan.core.values import Value

UNPINNED = "unpinned:"
"""Prefix of the stand-in for a fingerprint that needs a revision nobody could look up."""

INTERRUPTIONS = 10
"""How often a stage may lose its node or be preempted, where its cluster says nothing else."""


class Where(Enum):
    """Where a stage must run: any compute node, or where the cluster has internet."""

    COMPUTE = "compute"
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Program:
    """What a stage runs: an argv of the code export, its configuration and its environment.

    `config` is None where the resource declares none; else the merged values, handed over as
    a JSON file. `extra` is what a kind's own template needs beyond that. `tool` is a program of
    `templates/tools/` that otplan brings along: the site's Python runs it, `argv` are its
    arguments. What it holds is otplan's own version, so it counts in no hash. `modules` are
    other files of that folder which it imports.
    """

    argv: tuple[str, ...] = ()
    config: Mapping[str, Value] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Value] = field(default_factory=dict)
    tool: str = ""
    modules: tuple[str, ...] = ()

    @property
    def outside(self) -> str:
        """Return what it reaches over the internet, in words; empty where it says nothing."""
        online = self.env.get("WANDB_MODE") == "online"
        said: str = self.extra.get("internet", "")
        return said or ("W&B while it runs (`WANDB_MODE: online`)" if online else "")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a job may use, for each node: processors, GPUs, memory in MiB, and time in seconds.

    `gpu_type` is the site's own name for a GPU, empty where any will do.
    """

    nodes: int = 1
    cpus: int | None = None
    gpus: int = 0
    memory: int | None = None
    time: int | None = None
    gpu_type: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """An upstream as a kind asks for it: the product of resources, or one of their stages.

    `input` is the name the program sees (`OTPLAN_INPUT_<input>`), empty for a mere edge;
    `role` is empty for the product: the last stage of the resource that makes content.
    """

    input: str
    addresses: tuple[Address, ...]
    role: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A stage as a kind declares it, before its upstream and its fingerprint are known.

    `result` holds every leaf that decides what is made, by dotted path, defaults left out;
    `script` every leaf behind script and sbatch arguments. `content` tells a stage whose
    product others read from one that only moves it. `given` is a place that exists already:
    such a stage has nothing to run. `target` is a repo of the Hub that is to hold what it moves.
    `attempts` bounds the starts that end in failure or at the time limit, `interruptions` those
    that end because a node was lost or taken away. `after` are jobs outside the manifest that must
    end well first: `1234567`, or `1234567_3` of an array.
    """

    role: str
    template: str
    result: Mapping[str, Value]
    script: Mapping[str, Value]
    program: Program
    limits: Limits
    outputs: tuple[str, ...] = ()
    wants: tuple[Want, ...] = ()
    elements: int = 0
    at_once: int = 0
    content: bool = True
    given: str = ""
    target: str = ""
    pinned: bool = True
    where: Where = Where.COMPUTE
    attempts: int = 1
    interruptions: int = INTERRUPTIONS
    options: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One upstream stage of a stage: the input it feeds, empty for a mere edge.

    `through` is the fingerprint of the join stage that is waited for in its place, if any.
    """

    fingerprint: str
    input: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A draft with its identity: what will be made, from what, and how it is asked for.

    `fingerprint` (`v1:…`) hashes `components`: dotted path to canonical JSON, and
    `input.<NAME>` to the fingerprints read. `digest` hashes the declared values behind script
    and arguments. Equal stages of several resources are one, with several addresses.
    `elements` is 0 for a plain job and the count of an array.
    """

    addresses: tuple[Address, ...]
    role: str
    template: str
    fingerprint: str
    components: Mapping[str, str]
    digest: str
    cluster: str
    program: Program
    limits: Limits
    outputs: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    elements: int = 0
    at_once: int = 0
    content: bool = True
    given: str = ""
    target: str = ""
    where: Where = Where.COMPUTE
    attempts: int = 1
    interruptions: int = INTERRUPTIONS
    options: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    declared: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return `training.sft/train`: the first address and the role."""
        return f"{self.addresses[0]}/{self.role}"

    @property
    def cells(self) -> range:
        """Return the elements of the array; a plain job is one cell, number 0."""
        return range(max(self.elements, 1))

    @property
    def unpinned(self) -> bool:
        """Tell whether a revision above or here is unknown, so that nothing can be compared."""
        return self.fingerprint.startswith(UNPINNED)
