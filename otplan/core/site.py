"""What a site allows: its partitions and nodes, its accounts and QOS, how its controller is set.

None means that it is not known, or that there is no limit: either way nothing is refused for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from otplan.core.values import Time


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of a partition that are alike: how many, and the processors and MiB of each.

    `gpus` counts those of each by their type, which is empty where they have none; None where
    the site does not count them.
    """

    count: int
    cpus: int
    memory: int
    gpus: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: its limits, in seconds and nodes, and what it is made of.

    `qos` is its own QOS, empty for none; `accounts` and `allowed` (of QOS) are who may use it.
    """

    name: str
    state: str
    default: bool = False
    max_time: int | None = None
    max_nodes: int | None = None
    qos: str = ""
    accounts: tuple[str, ...] | None = None
    allowed: tuple[str, ...] | None = None
    nodes: tuple[Nodes, ...] | None = None


@dataclass(frozen=True, slots=True)
class Qos:
    """A quality of service: its flags, its longest job in seconds, and a user's most jobs in it."""

    name: str
    flags: tuple[str, ...] = ()
    max_wall: int | None = None
    max_submit: int | None = None


@dataclass(frozen=True, slots=True)
class Association:
    """An account that our user may charge, on one partition or (empty) on all, and what it allows.

    `default` is the QOS of a job that names none, empty where the site does not say.
    """

    account: str
    partition: str = ""
    qos: tuple[str, ...] | None = None
    default: str = ""
    max_wall: int | None = None
    max_submit: int | None = None


@dataclass(frozen=True, slots=True)
class Controller:
    """How slurmctld is set up, by slurm.conf(5): ages in seconds, the rest in its words.

    `enforced` is what of accounting it insists on; `plugins` says that one of the site may
    change a job as it comes in, also its partition.
    """

    version: str
    min_job_age: int | None = None
    max_array_size: int | None = None
    max_job_count: int | None = None
    enforce_part_limits: str = ""
    requeue: bool | None = None
    accounting: bool | None = None
    enforced: tuple[str, ...] = ()
    plugins: bool = False


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """What a site said of its limits, for our user, and when; `missing` did not answer."""

    at: Time
    controller: Controller | None = None
    partitions: tuple[Partition, ...] | None = None
    associations: tuple[Association, ...] | None = None
    qos: tuple[Qos, ...] | None = None
    missing: tuple[str, ...] = ()
