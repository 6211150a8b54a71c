"""A place where jobs run: what one `clusters/<name>.yaml` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otplan.core.values import Value
from otplan.errors import Place

_PARTITION = "partition:"


@dataclass(frozen=True, slots=True)
class TimeByNodes:
    """The longest job, in seconds, of at most so many nodes."""

    nodes: int
    time: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a partition or a QOS allows one job, and what a node of it has; None is not known.

    Times are in seconds, memory in MiB.
    """

    description: str = ""
    nodes: int | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    max_gpus: int | None = None
    max_time: int | None = None
    time_by_nodes: tuple[TimeByNodes, ...] = ()
    cpus: int | None = None
    gpus: int | None = None
    memory: int | None = None

    def longest(self, nodes: int) -> int | None:
        """Return the longest job of so many nodes, in seconds; None where that is not known."""
        steps = sorted(self.time_by_nodes, key=lambda step: step.nodes)
        known = [step.time for step in steps if nodes <= step.nodes][:1]
        return min([*known, *([] if self.max_time is None else [self.max_time])], default=None)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Nodes that no job is to get, in Slurm's notation: why, and since which day."""

    nodes: str
    reason: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """The image that a job's program runs in; `enter` is a shell line in it, before the program.

    `$NAME` in a path is a variable of the job.
    """

    runtime: str
    image: str
    overlay: str = ""
    binds: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    enter: str = ""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A SOCKS5 proxy that compute nodes reach, and the program that sends a command through it."""

    host: str
    port: int
    program: str = "proxychains4"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A SOCKS5 tunnel that a job opens to the node it was submitted from.

    `suffix` follows that node's name, `key` is the path of the ssh key of whoever submits.
    """

    key: str
    suffix: str = ""
    program: str = "proxychains4"


@dataclass(frozen=True, slots=True)
class Mail:
    """Whom Slurm writes to, and on which events (sbatch(1), --mail-type)."""

    to: str
    on: str = "END,FAIL"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything a site needs; what is not known is None or empty, and says so when it matters.

    `login` is `here` or an ssh destination. `experiments_dir` is absolute where the cluster
    runs. `cpus`, `gpus` and `memory` (MiB) are one node's, None where the machine is to be asked.
    `secrets` is the path of the file a job sources, never its content. `shared_folders` are those
    that other clusters mount at the same path. `internet` says where there is any: `compute`,
    `login`, `partition:<name>` or `none`; empty where nobody knows. `launchers` are those known
    to start programs on several nodes there, the usual one first. `variants` are the same cluster
    as the stages of a kind, a role or a variant of that name see it. `facts` keeps the rest of
    the file for later checks, `unknown` the keys of which it says that nobody knows.
    """

    name: str
    scheduler: str
    experiments_dir: str
    place: Place
    login: str = "here"
    python: str = "python3"
    activate: str = ""
    secrets: str = ""
    cpus: int | None = None
    gpus: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    shared_folders: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)

    hosts: tuple[str, ...] = ()
    host_env: Mapping[str, str] = field(default_factory=dict)
    internet: str = ""
    kinds: tuple[str, ...] = ()

    memory: int | None = None
    gpu_types: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, Bounds] = field(default_factory=dict)
    qos: Mapping[str, Bounds] = field(default_factory=dict)
    default_partition: str = ""
    cpu_partition: str = ""
    default_qos: str = ""
    default_time: int | None = None
    max_time: int | None = None
    time_by_nodes: tuple[TimeByNodes, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    launchers: tuple[str, ...] | None = None
    srun_options: tuple[str, ...] = ()
    port: int | None = None
    address_suffix: str = ""
    purge: bool = False
    modules: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    umask: str = ""
    group: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    env_unset: tuple[str, ...] = ()
    library_paths: tuple[str, ...] = ()
    container: Container | None = None
    proxy: Proxy | None = None
    tunnel: Tunnel | None = None
    mail: Mail | None = None
    variants: Mapping[str, Cluster] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def whole(self) -> Bounds:
        """Return what the cluster itself allows, whatever partition and QOS."""
        return Bounds(max_time=self.max_time, time_by_nodes=self.time_by_nodes)

    @property
    def internet_partition(self) -> str:
        """Return the partition where there is internet; empty where it is not in a partition."""
        has = self.internet.startswith(_PARTITION)
        return self.internet.removeprefix(_PARTITION) if has else ""

    @property
    def reaches_out(self) -> bool:
        """Tell whether some job there can reach the internet, on its own or through a proxy."""
        through = self.proxy is not None or self.tunnel is not None
        return through or self.internet == "compute" or bool(self.internet_partition)

    def way_out(self, *, moves: bool, asks: bool) -> str | None:
        """Return the program through which a job's command reaches the internet.

        Empty where the job has it by itself, None where nothing leads there. `moves` tells a stage
        that is sent to where it is, `asks` a program that needs it wherever it runs.
        """
        if self.internet in ("", "compute") or (moves and self.internet_partition):
            return ""
        way = self.tunnel or self.proxy
        return way.program if way and (moves or asks) else None

    def has_host(self, names: Iterable[str], variables: Mapping[str, str]) -> bool:
        """Tell whether a machine of these names, with this environment, is one of its hosts."""
        told = bool(self.host_env) and self.host_env.items() <= variables.items()
        return told or any(re.fullmatch(one, name) for name in names for one in self.hosts)

    def seen_by(self, *names: str) -> Cluster:
        """Return the first variant of one of these names, else the cluster as it is."""
        return next((self.variants[name] for name in names if name in self.variants), self)


def share(place: str, *clusters: Cluster) -> bool:
    """Tell whether every cluster names a folder above this place as shared."""
    return all(
        any(f"{place}/".startswith(f"{folder.rstrip('/')}/") for folder in cluster.shared_folders)
        for cluster in clusters
    )
