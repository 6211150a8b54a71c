"""Every rule on every resource."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.errors import Diagnostic, Severity
from otplan.kinds import KINDS
from otplan.lint.formats import check_formats
from otplan.lint.rules import check_cluster, check_references, check_targets, unknown_cluster
from otplan.lint.secrets import check_secrets
from otplan.lint.site import check_site


def check(
    resources: Iterable[Resource], clusters: Mapping[str, Cluster], known: Collection[str] = ()
) -> tuple[Diagnostic, ...]:
    """Return all that is wrong with the resources, each finding once, in the order of the files.

    `clusters` are those that could be read, by name, and `known` the names of all that have a file.
    """
    known = {*known, *clusters}
    listed = tuple(resources)
    others = {resource.address: resource for resource in listed}
    found = [
        diagnostic
        for resource in listed
        for diagnostic in (
            *_check_one(resource, clusters, known),
            *check_references(resource, others, clusters),
            *check_formats(resource, others),
        )
    ]
    return tuple(
        sorted(_once([*found, *check_targets(listed), *check_secrets(listed)]), key=_order)
    )


def _check_one(
    resource: Resource, clusters: Mapping[str, Cluster], known: Collection[str]
) -> Iterator[Diagnostic]:
    cluster = clusters.get(resource.cluster)
    if resource.cluster not in known:
        yield unknown_cluster(resource, known)
    there = cluster or Cluster(resource.cluster, "", "", resource.place)
    found = [*KINDS[resource.address.kind].checks(resource, there)]
    yield from found
    yield from check_cluster(resource, there)
    # What is wrong in itself makes no stages that could be judged.
    if cluster is not None and not any(one.severity is Severity.ERROR for one in found):
        yield from check_site(resource, cluster)


def _once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield one of those that say the same of the same place, as the parts of a matrix do."""
    seen = set()
    for diagnostic in found:
        what = (diagnostic.code, diagnostic.place, diagnostic.message)
        if what not in seen:
            seen.add(what)
            yield diagnostic


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    place = diagnostic.place
    return (place.path, place.line, place.column, diagnostic.code) if place else ("", 0, 0, "")
