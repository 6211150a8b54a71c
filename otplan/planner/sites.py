"""Which of a site's rules hold for a stage: its partitions, its accounts, and what bounds its jobs.

Slurm goes down a hierarchy, and the first place that sets a limit decides: the partition's QOS,
the job's QOS (first, with the flag OverPartQOS), the association (resource_limits.html).
"""

from __future__ import annotations

from collections.abc import Sequence

from otplan.core.site import Association, Partition, Qos, SiteLimits
from otplan.core.stage import Stage

Bound = tuple[str, int]
"""Who sets a limit, in words, and the limit."""


def wanted(stage: Stage, site: SiteLimits) -> tuple[str, ...]:
    """Return the partitions a stage's jobs go to, none where that cannot be known.

    Without one they go to the default, unless a plug-in or a reservation may say otherwise.
    """
    if named := stage.options.get("partition"):
        return tuple(named.split(","))
    if site.controller is None or site.controller.plugins or "reservation" in stage.options:
        return ()
    return tuple(one.name for one in site.partitions or () if one.default)


def partition(name: str, site: SiteLimits) -> Partition | None:
    """Return the partition of a name; None where it is not known."""
    return next((one for one in site.partitions or () if one.name == name), None)


def qos(name: str, site: SiteLimits) -> Qos | None:
    """Return the QOS of a name, in capitals or not; None where it is not known."""
    return next((one for one in site.qos or () if one.name.lower() == name.lower()), None)


def charged(stage: Stage, site: SiteLimits) -> tuple[Association, ...]:
    """Return the associations that a stage's jobs may come under."""
    account, partitions = stage.options.get("account", "").lower(), wanted(stage, site)
    return tuple(
        one
        for one in site.associations or ()
        if account in ("", one.account.lower())
        and (not one.partition or not partitions or one.partition in partitions)
    )


def quality(stage: Stage, site: SiteLimits) -> str:
    """Return the QOS of a stage's jobs, empty where that cannot be known.

    It is the one declared, else its account's default, else the only one its account has.
    """
    found = {one.default or _sole(one.qos) for one in charged(stage, site)}
    return stage.options.get("qos") or (found.pop() if len(found) == 1 else "")


def _sole(names: Sequence[str] | None) -> str:
    return names[0] if names is not None and len(names) == 1 else ""


def enforces(what: str, site: SiteLimits) -> bool:
    """Tell whether a site is known to insist on `associations`, `limits` or `qos`."""
    return site.controller is not None and what in site.controller.enforced


def longest(stage: Stage, within: Partition, site: SiteLimits) -> Bound | None:
    """Return what bounds the time of a stage's jobs beside their partition, in seconds."""
    return next(
        ((who, one.max_wall) for who, one in _rulers(stage, within, site) if one.max_wall), None
    )


def most(stage: Stage, within: Partition, site: SiteLimits) -> Bound | None:
    """Return what bounds how many jobs a user may have there at a time, elements of arrays too."""
    return next(
        ((who, one.max_submit) for who, one in _rulers(stage, within, site) if one.max_submit), None
    )


def _rulers(
    stage: Stage, within: Partition, site: SiteLimits
) -> Sequence[tuple[str, Qos | Association]]:
    """Return those who may set a limit, in order; none where any before the last is not known."""
    own, job = qos(within.qos, site), qos(quality(stage, site), site)
    if not enforces("limits", site) or job is None or (within.qos and own is None):
        return ()
    order = (job, own) if "OverPartQOS" in job.flags else (own, job)
    rulers: list[tuple[str, Qos | Association]]
    rulers = [(f"QOS `{one.name}`", one) for one in order if one is not None]
    under = charged(stage, site)
    if len(under) == 1:
        rulers.append((f"account `{under[0].account}`", under[0]))
    return rulers
