"""Resources that would make the same thing twice."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core.address import Address
from otplan.core.resource import Resource
from otplan.core.stage import Stage
from otplan.errors import Diagnostic, Severity


def equal_products(
    stages: Mapping[tuple[Address, str], Stage], named: Mapping[Address, Resource]
) -> tuple[Diagnostic, ...]:
    """Return an error for every resource whose product an earlier one already makes.

    Sources are spared: naming a thing twice makes nothing twice. Unpinned stages are spared,
    since nothing is known of them yet.
    """
    products = {
        address: stage
        for (address, _), stage in stages.items()
        if stage.content and not stage.given
    }
    first: dict[str, Address] = {}
    found = []
    for address, stage in products.items():
        twin = first.setdefault(stage.fingerprint, address)
        if twin != address and not stage.unpinned:
            found.append(_equal(named[address], named[twin]))
    return tuple(found)


def _equal(resource: Resource, twin: Resource) -> Diagnostic:
    """Say which two are equal and how to tell them apart."""
    return Diagnostic(
        code="OT391",
        severity=Severity.ERROR,
        message=f"makes exactly what {twin.address} makes (declared at {twin.place})",
        place=resource.place,
        address=str(resource.address),
        help="refer to that one instead, or, if you want it twice, tell them apart with\n"
        "    replicate: 2",
    )
