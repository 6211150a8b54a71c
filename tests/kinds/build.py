"""Resources as load would hand them over, made in a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from otplan.core.address import parse
from otplan.core.cluster import Cluster
from otplan.core.resource import NamedFile, Reference, Resource
from otplan.core.stage import Draft
from otplan.errors import Place
from otplan.kinds import KINDS
from otplan.load import sections

PLACE = Place("m.yaml", 1, 1)
CLUSTER = Cluster("local", "local", "/experiments", PLACE)


def resource(address: str, fields: Mapping[str, Any], **more: Any) -> Resource:  # noqa: ANN401
    """Return a resource of these fields; `more` are fields of the value itself."""
    parsed = parse(address)
    built = Resource(
        address=parsed,
        fields=fields,
        place=PLACE,
        places={},
        sheet=sections.sheet(KINDS[parsed.kind].SECTION),
        cluster="local",
    )
    return replace(built, **more)


def opaque(path: str, digest: str = "sha256:1") -> NamedFile:
    """Return a file that counts by its bytes."""
    return NamedFile(path, f"/repo/{path}", digest)


def parsed(path: str, values: Any, **places: Place) -> NamedFile:  # noqa: ANN401
    """Return a file that counts by its values."""
    return NamedFile(path, f"/repo/{path}", "sha256:2", values, places)


def refers(path: str, *targets: str) -> Reference:
    """Return what a field refers to, under the name its last key gives."""
    inside = path.rpartition(".")[2].upper()
    return Reference(path, inside, tuple(map(parse, targets)))


def drafts(one: Resource) -> tuple[Draft, ...]:
    """Return the stages of a resource on the cluster of these tests."""
    return KINDS[one.address.kind].stages(one, CLUSTER)


def draft(one: Resource) -> Draft:
    """Return the only stage of a resource."""
    (only,) = drafts(one)
    return only


def codes(one: Resource) -> list[str]:
    """Return the codes of what its kind finds wrong."""
    return [found.code for found in KINDS[one.address.kind].checks(one, CLUSTER)]
