"""What a catalog must be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.query import Query
from otplan.core.trial import Trial

Trials: TypeAlias = Mapping[CatalogKey, Sequence[Trial]]
"""The trials of evals, as their jobs left them (core/layout.py, TRIALS)."""

NO_TRIALS: Trials = {}


class Catalog(Protocol):
    """Datasets, models and evals for people who never saw the manifest."""

    def read(self, keys: Sequence[CatalogKey]) -> Mapping[CatalogKey, CatalogRow | None]:
        """Return the rows of these keys, one query a table and page; None where there is none."""
        ...

    def tables(self, workspace: str) -> Mapping[str, Sequence[CatalogRow]]:
        """Return every row that a workspace made, by table, for `otplan results`."""
        ...

    def listed(self, query: Query) -> list[str]:
        """Return the names of the finished rows that a question is about."""
        ...

    def write(self, rows: Sequence[CatalogRow], trials: Trials = NO_TRIALS) -> None:
        """Insert or update our own rows; raise Refused (`denied`) for somebody else's.

        `trials` are those of evals whose trials are to have rows as well.
        """
        ...
