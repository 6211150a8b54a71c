"""Record in the project's tables what exists there in no row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from otplan.catalogs.protocol import Catalog
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.errors import OtplanError, Refused
from otplan.shell.wandb_runs import run


def of_run(path: str) -> Mapping[str, str]:
    """Return the words of a row that a run of W&B knows: when it began and ended, and its link."""
    found = run(path)
    times = {"started": found.started, "ended": found.ended}
    said = {word: datetime.fromtimestamp(at, UTC).isoformat() for word, at in times.items() if at}
    return {**said, "wandb": found.url}


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
