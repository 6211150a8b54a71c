"""Record in the project's tables what exists there in no row."""

from __future__ import annotations

from otplan.catalogs.protocol import Catalog
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.errors import OtplanError, Refused


def add(row: CatalogRow, catalog: Catalog, *, dry: bool) -> None:
    """Write a row that is not there, and read it back; with `dry` only look whether it could be.

    Raise Refused (`taken`) where there is one of that name, whoever wrote it, and OtplanError
    for an eval of a model without a row.
    """
    model = CatalogKey("models", str(row.values.get("model", "")))
    there = catalog.read([row.key, *([model] if model.name else [])])
    if (found := there[row.key]) is not None:
        raise _taken(row, found)
    if model.name and there[model] is None:
        raise OtplanError(
            f"The model `{model.name}` has no row, and an eval is one of a model that has",
            f"    otplan catalog add model '{model.name}' ...",
        )
    if dry:
        return
    catalog.write([row])
    now = catalog.read([row.key])[row.key]
    if now is None or row.differing(now):
        raise _taken(row, now or row)


def _taken(row: CatalogRow, there: CatalogRow) -> Refused:
    what = f"`{row.key.name}` in table `{row.key.table}`"
    return Refused("taken", f"There is a row of {what} already, written by {there.writer}")
