"""What a shared catalog asks for, said before anything runs: later only rows would be missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otplan.core.catalog import Settings, told
from otplan.core.resource import Resource
from otplan.errors import Diagnostic, Place, Severity
from otplan.kinds import KINDS


def check_catalog(
    resources: Iterable[Resource], settings: Settings, place: Place
) -> Iterator[Diagnostic]:
    """Yield what nobody gave, and evals that would be one row; `place` is the manifest's."""
    if not settings.shared:
        return
    listed = tuple(resources)
    yield from _check_settings(listed, settings, place)
    yield from _check_evals(listed, settings)


def _check_settings(
    resources: tuple[Resource, ...], settings: Settings, place: Place
) -> Iterator[Diagnostic]:
    lacking: dict[str, list[str]] = {}
    for resource in resources:
        for name in told(KINDS[resource.address.kind].TABLE):
            known = settings.values.get(name) or (name == "agent" and _agent(resource))
            if not known and "source" not in resource.fields:
                lacking.setdefault(name, []).append(str(resource.address))
    for name, addresses in lacking.items():
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        message = f"The catalog asks for `{name}`: {addresses[0]}{more} will have no row there."
        mend = f"Write `catalog: {{{name}: ...}}`, here or in catalog.yaml of ~/.config/otplan."
        yield Diagnostic("OT530", Severity.WARNING, message, place, "", mend)


def _check_evals(resources: tuple[Resource, ...], settings: Settings) -> Iterator[Diagnostic]:
    """Yield an eval of the agent, model and benchmark of an earlier one."""
    seen: dict[tuple[str, ...], Resource] = {}
    for resource in resources:
        if resource.address.kind != "eval":
            continue
        agent = _agent(resource) or settings.values.get("agent", "")
        benchmark = str(resource.get("benchmark")).rpartition("/")[2]
        for model in _models(resource):
            first = seen.setdefault((agent, model, benchmark), resource)
            if first is not resource:
                message = (
                    f"{first.address} has the same agent, model and benchmark, "
                    "and the catalog has one row of these."
                )
                mend = "Keep one of them, or give one another agent."
                yield Diagnostic(
                    "OT531",
                    Severity.WARNING,
                    message,
                    resource.where("benchmark"),
                    str(resource.address),
                    mend,
                )


def _agent(resource: Resource) -> str:
    """Return the agent that a resource itself names."""
    return str(resource.get("agent") or "")


def _models(resource: Resource) -> list[str]:
    """Return the models that an eval measures: addresses, or a name from elsewhere."""
    targets = [str(t) for r in resource.references if r.path == "model" for t in r.targets]
    return targets or [str(resource.get("model"))]
