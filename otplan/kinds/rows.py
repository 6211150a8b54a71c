"""Rows of the catalog's tables, as every kind makes them."""

from __future__ import annotations

from otplan.core.catalog import CatalogKey, CatalogRow, Facts
from otplan.core.resource import Resource
from otplan.core.values import Value


def row(resource: Resource, table: str, facts: Facts, **values: Value) -> CatalogRow:
    """Return the row of a resource: what its kind says, where it lies, and when it was made.

    What is published lies in its repo; before that, where it was made.
    """
    address = str(resource.address)
    common = {"location": facts.output, "started": facts.started, "ended": facts.ended}
    if facts.revision:
        common["location"] = resource.get("repo")
    published = {} if facts.revision == "" else {"revision": facts.revision}
    described = {"description": text} if (text := resource.get("description")) else {}
    return CatalogRow(
        key=CatalogKey(table, facts.name or address),
        values={**values, **described, **common, **published},
        address=address,
        fingerprint=facts.fingerprint,
    )
