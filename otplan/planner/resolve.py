"""Resources become stages: who reads whom, in which order, under which fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from otplan.core import login
from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.graph import Graph, Resolved, Workspace
from otplan.core.resource import Resource
from otplan.core.stage import UNPINNED, Draft, Need, Stage, Want
from otplan.errors import Diagnostic, ManifestInvalid, Severity
from otplan.fingerprint import hashing
from otplan.graph.order import order, shortest_cycle
from otplan.kinds import KINDS
from otplan.kinds.by_name import with_model
from otplan.kinds.publishing import with_publish
from otplan.kinds.settle import settled
from otplan.kinds.watching import with_report
from otplan.planner.duplicates import equal_products
from otplan.planner.fetches import with_fetches
from otplan.planner.joins import with_joins

Key = tuple[Address, str]
"""A draft's name while there are no fingerprints yet: whose, and which role."""


def resolve(
    workspace: Workspace,
    resources: Iterable[Resource],
    clusters: Mapping[str, Cluster],
    code: str = "",
) -> Graph:
    """Return the graph of all stages; raise ManifestInvalid for cycles and equal resources."""
    named = {resource.address: resource for resource in resources}
    _refuse_rings(named)
    drafts = _drafts(named, clusters)
    parents = _parents(drafts)
    sequence = order(parents)
    if sequence is None:
        raise ManifestInvalid((_cycle(shortest_cycle(parents), named),))
    stages = _identified(sequence, drafts, named, clusters)
    if twins := equal_products(stages, named):
        raise ManifestInvalid(twins)
    pins = {name: pin for resource in named.values() for name, pin in resource.pins.items()}
    fetched = with_fetches(_merged(stages.values()), clusters)
    merged = _merged(with_joins(fetched))
    labels = {stage.fingerprint: stage.label for stage in merged}
    return Graph(Resolved(workspace, merged, pins, code), named, labels)


def _refuse_rings(named: Mapping[Address, Resource]) -> None:
    """Refuse a reference without the labels of what it names: only a cycle leaves one behind."""
    if all(t in named for one in named.values() for ref in one.references for t in ref.targets):
        return
    bare: dict[Address, Resource] = {}
    for address, resource in named.items():
        bare.setdefault(_bare(address), resource)
    parents = {
        address: [_bare(target) for ref in one.references for target in ref.targets]
        for address, one in bare.items()
    }
    raise ManifestInvalid((_cycle([(one, "") for one in shortest_cycle(parents)], bare),))


def _bare(address: Address) -> Address:
    """Return an address without its labels."""
    return Address(address.kind, address.name)


def _drafts(named: Mapping[Address, Resource], clusters: Mapping[str, Cluster]) -> dict[Key, Draft]:
    """Ask each kind for the stages of its resources, and settle what they leave to the site."""
    return {
        (address, draft.role): settled(address.kind, draft, clusters[resource.cluster])
        for address, resource in named.items()
        for draft in _stages(resource, clusters[resource.cluster], named)
    }


def _stages(
    resource: Resource, cluster: Cluster, named: Mapping[Address, Resource]
) -> tuple[Draft, ...]:
    """Return what a kind makes of a resource and reads by name, what publishes and reports it."""
    made = with_model(resource, KINDS[resource.address.kind].stages(resource, cluster))
    return with_report(resource, cluster, with_publish(resource, cluster, made, named))


def _parents(drafts: Mapping[Key, Draft]) -> dict[Key, list[Key]]:
    """Return, for each draft, the drafts it wants; a product is the last stage with content."""
    products = {address: role for (address, role), draft in drafts.items() if draft.content}
    return {
        key: [parent for want in draft.wants for parent in _wanted(want, products)]
        for key, draft in drafts.items()
    }


def _wanted(want: Want, products: Mapping[Address, str]) -> list[Key]:
    """Return the keys behind one want."""
    return [(address, want.role or products[address]) for address in want.addresses]


def _identified(
    sequence: Sequence[Key],
    drafts: Mapping[Key, Draft],
    named: Mapping[Address, Resource],
    clusters: Mapping[str, Cluster],
) -> dict[Key, Stage]:
    """Give every draft its fingerprint, parents first, since a child's contains its parents'."""
    products = {address: role for (address, role), draft in drafts.items() if draft.content}
    stages: dict[Key, Stage] = {}
    for key in sequence:
        draft = drafts[key]
        needs = tuple(
            Need(stages[parent].fingerprint, want.input)
            for want in draft.wants
            for parent in _wanted(want, products)
        )
        place = login.where(draft.where, clusters[named[key[0]].cluster])
        stages[key] = _stage(key, draft, needs, place)
    return stages


def _stage(key: Key, draft: Draft, needs: tuple[Need, ...], cluster: str) -> Stage:
    """Turn one draft into a stage."""
    address, role = key
    inputs: dict[str, list[str]] = {}
    for need in needs:
        if need.input:
            inputs.setdefault(need.input, []).append(need.fingerprint)
    parts = hashing.components(draft, inputs)
    known = draft.pinned and not any(need.fingerprint.startswith(UNPINNED) for need in needs)
    declared = hashing.declared(draft)
    return Stage(
        addresses=(address,),
        role=role,
        template=draft.template,
        fingerprint=hashing.fingerprint(address.kind, role, parts)
        if known
        else hashing.unpinned(f"{address}/{role}"),
        components=parts,
        digest=hashing.digest(cluster, declared),
        cluster=cluster,
        program=draft.program,
        limits=draft.limits,
        outputs=draft.outputs,
        needs=needs,
        elements=draft.elements,
        at_once=draft.at_once,
        content=draft.content,
        given=draft.given,
        target=draft.target,
        where=draft.where,
        attempts=draft.attempts,
        interruptions=draft.interruptions,
        options=draft.options,
        after=draft.after,
        declared=declared,
    )


def _merged(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Make equal stages one, with all their addresses; the first one's script is used."""
    one: dict[str, Stage] = {}
    for stage in stages:
        twin = one.get(stage.fingerprint)
        one[stage.fingerprint] = (
            stage if twin is None else replace(twin, addresses=(*twin.addresses, *stage.addresses))
        )
    return tuple(one.values())


def _cycle(keys: Sequence[Key], named: Mapping[Address, Resource]) -> Diagnostic:
    """Name a cycle by its members and the lines that make it."""
    addresses = list(dict.fromkeys(address for address, _ in keys))
    ring = [*addresses, addresses[0]]
    links = [
        f"{named[child].where(ref.path)}: {child} reads {parent}"
        for child, parent in pairwise(ring)
        for ref in named[child].references
        if parent in ref.targets or parent in map(_bare, ref.targets)
    ]
    return Diagnostic(
        code="OT390",
        severity=Severity.ERROR,
        message=f"{' → '.join(map(str, ring))} wait for each other",
        place=named[ring[0]].place,
        address=str(ring[0]),
        help="remove one of these references:\n" + "\n".join(links),
    )
