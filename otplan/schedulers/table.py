"""The schedulers there are, by the name a cluster file gives; imported when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypeAlias

from otplan.core import login
from otplan.core.cluster import Cluster
from otplan.core.values import Time
from otplan.errors import OtplanError
from otplan.schedulers.protocol import Scheduler
from otplan.shell.protocol import Shell

Clock: TypeAlias = Callable[[], Time]
Maker: TypeAlias = Callable[[Cluster, Shell, Clock], Scheduler]


def _local(cluster: Cluster, shell: Shell, clock: Clock) -> Scheduler:
    from otplan.schedulers.elsewhere import Elsewhere
    from otplan.schedulers.local.entries import Machine
    from otplan.schedulers.local.scheduler import Local

    if cluster.login != "here" and login.site(cluster.name):
        return Elsewhere(cluster.name, cluster.login, clock)
    if cluster.login != "here":
        message = f"cluster `{cluster.name}` asks for `scheduler: local` on another machine"
        raise OtplanError(message, "Say `login: here` and run otplan on that machine.")
    cpus = len(os.sched_getaffinity(0)) if cluster.cpus is None else cluster.cpus
    gpus = len(shell.names("/proc/driver/nvidia/gpus")) if cluster.gpus is None else cluster.gpus
    folder = f"{cluster.experiments_dir}/local"
    return Local(cluster.name, shell, folder, Machine(cpus, gpus), clock)


def _slurm(cluster: Cluster, shell: Shell, clock: Clock) -> Scheduler:
    from otplan.schedulers.slurm.scheduler import Site, Slurm

    names = ("accounting", "requeue", "min_job_age", "gpu_directive", "memory_option")
    facts = {name: cluster.facts[name] for name in names if name in cluster.facts}
    return Slurm(cluster.name, shell, Site(**facts), clock)


SCHEDULERS: Mapping[str, Maker] = {
    "local": _local,
    "slurm": _slurm,
}


def connect(cluster: Cluster, shell: Shell, clock: Clock) -> Scheduler:
    """Return the scheduler of a cluster; raise OtplanError where there is none of its name."""
    if cluster.scheduler not in SCHEDULERS:
        message = f"{cluster.place}: there is no scheduler `{cluster.scheduler}`"
        raise OtplanError(message, f"There are: {', '.join(SCHEDULERS)}.")
    return SCHEDULERS[cluster.scheduler](cluster, shell, clock)
