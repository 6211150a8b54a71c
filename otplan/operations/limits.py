"""What sites say of their limits: asked once a day, and kept beside the experiments there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

import msgspec

from otplan.core.cluster import Cluster
from otplan.core.job import Abilities
from otplan.core.layout import site_limits_path
from otplan.core.plan import Action, Plan
from otplan.core.site import SiteLimits
from otplan.errors import OtplanError, Unreachable
from otplan.operations.ground import Ground, Person, Records
from otplan.operations.ground import ground as ground_of
from otplan.operations.progress import Said

DAY = 86_400
"""Seconds after which what a site said is asked again."""

SENDS = (Action.SUBMIT, Action.REPLACE, Action.UPDATE)


def kept(ground: Ground) -> dict[str, SiteLimits]:
    """Return what each site said last, by cluster; a file that cannot be read is as none."""
    found = {}
    for name, scheduler in ground.schedulers.items():
        if scheduler.abilities.limits:
            with suppress(OtplanError, msgspec.MsgspecError):
                path = _path(ground, name)
                content = ground.shells[name].read([path])[path]
                found[name] = msgspec.json.decode(content or b"", type=SiteLimits)
    return found


def ask(ground: Ground, clusters: Iterable[str]) -> dict[str, SiteLimits]:
    """Ask these clusters' sites, and keep what they say.

    What lacks an answer is not kept, so it is asked again; and where it cannot be kept, it holds
    for now.
    """
    found = {}
    for name in sorted(clusters):
        ground.person.progress.tell(Said(name, "asking what it allows", passing=True))
        limits = ground.schedulers[name].limits()
        if limits is not None:
            found[name] = limits
        if limits is not None and not limits.missing:
            folder, _, file = _path(ground, name).rpartition("/")
            with suppress(OtplanError):
                ground.shells[name].write(folder, {file: msgspec.json.encode(limits)})
    return found


def of_cluster(cluster: Cluster, person: Person, *, refresh: bool) -> SiteLimits | None:
    """Return what is known of a cluster's limits, asked anew with `refresh`; None for nothing.

    Then raise Unreachable where it does not answer, and OtplanError where there is none to ask.
    """
    if not refresh:
        with suppress(OtplanError):
            return kept(alone(cluster, person)).get(cluster.name)
        return None
    ground = alone(cluster, person)
    if not ground.schedulers[cluster.name].abilities.limits:
        raise OtplanError(f"the scheduler of {cluster.name} has no limits to ask for")
    asked = ask(ground, [cluster.name])
    if not asked:
        raise Unreachable(f"{cluster.name} does not say what it allows", "otplan cluster show")
    return asked[cluster.name]


def alone(cluster: Cluster, person: Person) -> Ground:
    """Return a ground of one cluster, without a workspace."""
    return ground_of("", {cluster.name: cluster}, Records("sqlite", ""), person)


def doubtful(ground: Ground, plan: Plan, known: Mapping[str, SiteLimits]) -> list[str]:
    """Return the clusters to ask before a plan is carried out: where a job is made or changed.

    What was asked less than a day ago is believed, unless it stands in the way.
    """
    acting = {change.cluster for change in plan.changes if change.action in SENDS}
    refused = {change.cluster for change in plan.changes if change.refused}
    able = {n for n, scheduler in ground.schedulers.items() if scheduler.abilities.limits}
    fresh = {n for n, limits in known.items() if abs(ground.now - limits.at) < DAY}
    return sorted(able & (refused | (acting - fresh)))


def abilities(ground: Ground, limits: Mapping[str, SiteLimits]) -> dict[str, Abilities]:
    """Return what each scheduler can do; what its cluster file leaves open, as its site says."""
    return {
        name: _abilities(ground, name, limits.get(name), scheduler.abilities)
        for name, scheduler in ground.schedulers.items()
    }


def _abilities(ground: Ground, name: str, limits: SiteLimits | None, able: Abilities) -> Abilities:
    controller = limits.controller if limits else None
    # With 0 it forgets nothing (slurm.conf(5), MinJobAge), so what the file says is safe.
    if controller is None or not controller.min_job_age:
        return able
    if "min_job_age" in ground.clusters[name].facts:
        return able
    return replace(able, forgets=controller.min_job_age)


def _path(ground: Ground, cluster: str) -> str:
    """Return the file of what a site allows this user."""
    return site_limits_path(ground.home(cluster), cluster, ground.person.user)
