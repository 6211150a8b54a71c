"""What a stage asks for where its resource says nothing, and what its site wants to be told.

Both are the cluster file's, so neither counts in a fingerprint or a submission digest: a site that
changes its defaults replaces no job that queues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.stage import Draft, Limits, Program, Where

VARIANT = "variant"
"""What a program's `extra` calls the variant of the cluster that it is to see."""


def settled(kind: str, draft: Draft, cluster: Cluster) -> Draft:
    """Return a draft with the defaults of its cluster, and the options of every job there.

    A stage that needs the internet goes where there is some.
    """
    seen = cluster.seen_by(*variants(kind, draft.role, draft.program))
    limits = _limits(draft.limits, seen)
    usual = {
        "partition": _partition(limits, seen),
        "qos": seen.default_qos,
        "constraint": _constraint(limits, seen),
        **_of_every_job(seen),
    }
    options = {name: value for name, value in usual.items() if value} | _flags(seen)
    options |= {**draft.options, **_excluded(draft.options, seen)}
    if draft.where is Where.INTERNET and seen.internet_partition:
        options["partition"] = seen.internet_partition
    return replace(draft, limits=limits, options=options)


def variants(kind: str, role: str, program: Program) -> tuple[str, ...]:
    """Return the names under which a cluster may have a variant for a stage, nearest first."""
    named = program.extra.get(VARIANT)
    return (*([named] if named else []), role, kind)


def _limits(limits: Limits, cluster: Cluster) -> Limits:
    """Return limits with what the cluster gives; GPUs come with their share of the processors."""
    share = limits.cpus
    if share is None and limits.gpus and cluster.cpus and cluster.gpus:
        share = max(1, cluster.cpus * min(limits.gpus, cluster.gpus) // cluster.gpus)
    usual = cluster.facts.get("default_gpu_type", "") if limits.gpus else ""
    return replace(
        limits,
        cpus=share,
        time=cluster.default_time if limits.time is None else limits.time,
        gpu_type=limits.gpu_type or usual,
    )


def _partition(limits: Limits, cluster: Cluster) -> str:
    return (cluster.cpu_partition if not limits.gpus else "") or cluster.default_partition


def _constraint(limits: Limits, cluster: Cluster) -> str:
    """Return the features that nodes with the GPUs asked for have."""
    if not limits.gpus:
        return ""
    usual: str = cluster.facts.get("constraint", "")
    return cluster.gpu_types.get(limits.gpu_type, usual)


def _of_every_job(cluster: Cluster) -> Mapping[str, str]:
    kill, mail = cluster.facts.get("kill_on_invalid_dep", "site"), cluster.mail
    return {
        "kill-on-invalid-dep": "" if kill == "site" else kill,
        "mail-user": mail.to if mail else "",
        "mail-type": mail.on if mail else "",
    }


def _flags(cluster: Cluster) -> dict[str, str]:
    """Return options that may have no value."""
    exclusive = {"exclusive": ""} if cluster.facts.get("exclusive") else {}
    return {**cluster.facts.get("options", {}), **exclusive}


def _excluded(options: Mapping[str, str], cluster: Cluster) -> Mapping[str, str]:
    nodes = [*(one.nodes for one in cluster.exclusions), options.get("exclude", "")]
    found = ",".join(each for each in nodes if each)
    return {"exclude": found} if found else {}
