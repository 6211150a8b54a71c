"""What Slurm says of its limits: the commands that ask, and their answers read.

Only options that 22.05 knows. What does not answer leaves its part unknown, and lines of other
shapes, which plug-ins of a site may print, are passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from otplan.core.site import Association, Controller, Nodes, Partition, Qos, SiteLimits
from otplan.core.values import Time
from otplan.errors import OtplanError
from otplan.kinds.limits import seconds

CONTROLLER = ("scontrol", "show", "config")
PARTITIONS = ("scontrol", "--all", "show", "partition", "--oneliner")
NODES = ("sinfo", "--all", "--exact", "--noheader", "--format=%R|%D|%c|%m|%G")
USER = ("id", "-un")

_SACCTMGR = ("sacctmgr", "--noheader", "--parsable2", "show")
QOS = (*_SACCTMGR, "qos", "format=Name,Flags,MaxWall,MaxSubmitJobsPerUser")
_OF_USER = "format=Account,Partition,QOS,DefaultQOS,MaxWall,MaxSubmitJobs"

_SETTING = re.compile(r"(\w+)\s*=\s*(.*?)\s*")
_GPUS = re.compile(r"(?:^|,)gpu(?::(?P<type>[^:,()]+))?:(?P<count>\d+)")
_CHANGED = re.compile(r"(?:^|,)[+-]")
"""A list of QOS that says only how it differs from the one above it."""

_NONE = frozenset({"", "(null)", "N/A", "none", "accounting_storage/none"})


def associations(user: str, cluster: str) -> list[str]:
    """Return the question for a user's accounts; what they inherit is told along with them."""
    return [*_SACCTMGR, "associations", "where", f"user={user}", f"cluster={cluster}", _OF_USER]


def ask(
    answer: Callable[[Sequence[str]], str], now: Time, *, count_gpus: bool
) -> SiteLimits | None:
    """Return what Slurm says of its limits; None where its controller does not answer.

    `answer` returns what a question printed, or raises OtplanError. GPUs count only where they
    are asked for.
    """
    missing: list[str] = []

    def asked(argv: Sequence[str]) -> str:
        try:
            return answer(argv)
        except OtplanError:
            missing.append(" ".join(word for word in argv[:5] if not word.startswith("-")))
            return ""

    settings = _settings(asked(CONTROLLER))
    partitions = asked(PARTITIONS)
    nodes = nodes_of(asked(NODES), count_gpus=count_gpus)
    rows = qos = ""
    if settings.get("AccountingStorageType", "") not in _NONE:
        user, qos = asked(USER).strip(), asked(QOS)
        # Where sacctmgr is silent once, it would be waited for again.
        rows = asked(associations(user, settings["ClusterName"])) if user and qos else ""
    if not settings and not partitions:
        return None
    return SiteLimits(
        at=now,
        controller=controller_of(settings) if settings else None,
        partitions=partitions_of(partitions, nodes) or None,
        associations=associations_of(rows) or None,
        qos=qos_of(qos) or None,
        missing=tuple(missing),
    )


def controller_of(settings: Mapping[str, str]) -> Controller:
    """Return how the controller is set up, by the names of slurm.conf(5)."""
    enforced = settings.get("AccountingStorageEnforce", "")
    return Controller(
        version=settings.get("SLURM_VERSION", ""),
        min_job_age=_number(settings.get("MinJobAge", "").removesuffix(" sec")),
        max_array_size=_number(settings.get("MaxArraySize", "")),
        max_job_count=_number(settings.get("MaxJobCount", "")),
        enforce_part_limits=settings.get("EnforcePartLimits", ""),
        requeue=settings["JobRequeue"] == "1" if "JobRequeue" in settings else None,
        accounting=settings.get("AccountingStorageType", "") not in _NONE,
        enforced=tuple(enforced.split(",")) if enforced not in _NONE else (),
        plugins=settings.get("JobSubmitPlugins", "") not in _NONE,
    )


def partitions_of(out: str, nodes: Mapping[str, Sequence[Nodes]]) -> tuple[Partition, ...]:
    """Return the partitions of an answer of scontrol, made of these nodes.

    sinfo leaves out nodes that are powered down (slurm.conf(5), PrivateData): then it does not
    say what a partition is made of.
    """
    rows = (
        dict(word.partition("=")[::2] for word in line.split())
        for line in out.splitlines()
        if line.startswith("PartitionName=")
    )
    return tuple(_partition(row, nodes.get(row["PartitionName"], ())) for row in rows)


def _partition(row: Mapping[str, str], nodes: Sequence[Nodes]) -> Partition:
    whole = str(sum(alike.count for alike in nodes)) == row.get("TotalNodes")
    return Partition(
        name=row["PartitionName"],
        state=row.get("State", ""),
        default=row.get("Default") == "YES",
        max_time=_seconds(row.get("MaxTime", "")),
        max_nodes=_number(row.get("MaxNodes", "")),
        qos="" if row.get("QoS", "") in _NONE else row["QoS"],
        accounts=_names(row.get("AllowAccounts", "ALL")),
        allowed=_names(row.get("AllowQos", "ALL")),
        nodes=tuple(nodes) if nodes and whole else None,
    )


def nodes_of(out: str, *, count_gpus: bool) -> dict[str, list[Nodes]]:
    """Return the nodes of each partition, those that are alike together, by an answer of sinfo."""
    found: dict[str, list[Nodes]] = defaultdict(list)
    for partition, count, cpus, memory, gres in _rows(out, 5):
        if count.isdecimal() and cpus.isdecimal() and memory.isdecimal():
            gpus = _gpus(gres) if count_gpus else None
            found[partition].append(Nodes(int(count), int(cpus), int(memory), gpus))
    return found


def _gpus(gres: str) -> dict[str, int]:
    """Return GPUs by type: `gpu:a100:4(S:0-1),gpu:2` is four of a100 and two without a type."""
    found: dict[str, int] = defaultdict(int)
    for match in _GPUS.finditer(gres):
        found[match["type"] or ""] += int(match["count"])
    return dict(found)


def associations_of(out: str) -> tuple[Association, ...]:
    """Return the accounts of a user, by an answer of sacctmgr."""
    return tuple(
        Association(
            account=account,
            partition=partition,
            qos=None if _CHANGED.search(qos) else _names(qos or "ALL"),
            default=default,
            max_wall=_seconds(wall),
            max_submit=_number(most),
        )
        for account, partition, qos, default, wall, most in _rows(out, 6)
    )


def qos_of(out: str) -> tuple[Qos, ...]:
    """Return every QOS there is, by an answer of sacctmgr."""
    return tuple(
        Qos(name, tuple(filter(None, flags.split(","))), _seconds(wall), _number(most))
        for name, flags, wall, most in _rows(out, 4)
    )


def _settings(out: str) -> dict[str, str]:
    pairs = (_SETTING.fullmatch(line) for line in out.splitlines())
    return {pair[1]: pair[2] for pair in pairs if pair}


def _rows(out: str, fields: int) -> Iterator[list[str]]:
    rows = (line.split("|") for line in out.splitlines())
    return (row for row in rows if len(row) == fields)


def _names(text: str) -> tuple[str, ...] | None:
    """Return names behind commas; None where all are meant."""
    return None if text.upper() == "ALL" else tuple(text.split(","))


def _number(text: str) -> int | None:
    """Return a number; None for any word instead, such as UNLIMITED."""
    return int(text) if text.isdecimal() else None


def _seconds(text: str) -> int | None:
    """Return a time in seconds; None for any word instead, such as UNLIMITED or infinite."""
    try:
        return seconds(text)
    except ValueError:
        return None
