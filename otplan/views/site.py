"""What a site said of its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otplan.core.site import Association, Controller, Nodes, Partition, Qos, SiteLimits
from otplan.core.values import Time
from otplan.views.lines import flat, wrap
from otplan.views.style import Style
from otplan.views.table import table
from otplan.views.words import ago, duration, listing, short

_PARTITIONS = ("PARTITION", "STATE", "TIME", "NODES", "OF", "CPUS", "MEMORY", "GPUS")
_QOS = ("QOS", "TIME", "JOBS")
_ACCOUNTS = ("ACCOUNT", "PARTITION", "QOS", "TIME", "JOBS")
_OPEN, _UNKNOWN = "any", "unknown"


def text(site: SiteLimits | None, style: Style, now: Time) -> str:
    """Return its partitions, accounts and QOS, with the age of it all; empty for nothing known.

    Times and numbers are the most that one job, or (of jobs) one user, may have.
    """
    if site is None:
        return ""
    head = flat(f"Its limits, as {_name(site.controller)} said {ago(site.at, now)}:")
    sections = [head, *_settings(site.controller), *_tables(site, style)]
    if site.missing:
        missing = f"No answer from {listing(site.missing)}: what they say is not known."
        sections.append("\n".join(wrap(missing, "", style)))
    return "\n" + "\n\n".join(section.rstrip("\n") for section in sections) + "\n"


def _name(controller: Controller | None) -> str:
    return f"Slurm {controller.version}" if controller else "Slurm"


def _settings(controller: Controller | None) -> Iterator[str]:
    if controller is None:
        return
    said = {
        "largest array": controller.max_array_size,
        "jobs in all": controller.max_job_count,
        "remembers a job": _time(controller.min_job_age),
        "refuses too long jobs": controller.enforce_part_limits or _UNKNOWN,
        "requeue": controller.requeue,
        "enforces": ", ".join(controller.enforced) or "nothing",
    }
    widest = max(map(len, said))
    yield "\n".join(f"  {key:<{widest}}  {flat(_known(value))}" for key, value in said.items())


def _tables(site: SiteLimits, style: Style) -> Iterator[str]:
    rows = [row for each in site.partitions or () for row in _partition(each)]
    if rows:
        yield table(_PARTITIONS, rows, style)
    if site.associations:
        yield table(_ACCOUNTS, [_account(each) for each in site.associations], style)
    if site.qos:
        yield table(_QOS, [_quality(each) for each in site.qos], style)


def _partition(one: Partition) -> Iterator[list[str]]:
    """Yield a row for each sort of nodes in a partition."""
    name = f"{one.name} (default)" if one.default else one.name
    head = [name, one.state, _time(one.max_time), _number(one.max_nodes)]
    for nodes in one.nodes or ():
        yield [*head, *_nodes(nodes)]
    if one.nodes is None:
        yield [*head, *[_UNKNOWN] * 4]


def _nodes(nodes: Nodes) -> list[str]:
    gpus = sorted((nodes.gpus or {}).items())
    told = ", ".join(f"{number} {type_}".rstrip() for type_, number in gpus) or "none"
    gpus_told = _UNKNOWN if nodes.gpus is None else told
    return [str(nodes.count), str(nodes.cpus), f"{nodes.memory}M", gpus_told]


def _account(one: Association) -> list[str]:
    bounds = [_time(one.max_wall), _number(one.max_submit)]
    return [one.account, one.partition or _OPEN, _names(one.qos), *bounds]


def _quality(one: Qos) -> list[str]:
    return [one.name, _time(one.max_wall), _number(one.max_submit)]


def _names(names: Sequence[str] | None) -> str:
    return _UNKNOWN if names is None else ", ".join(names)


def _time(seconds: int | None) -> str:
    return _OPEN if seconds is None else duration(seconds)


def _number(number: int | None) -> str:
    return _OPEN if number is None else str(number)


def _known(value: object) -> str:
    return _UNKNOWN if value is None else short(value)
