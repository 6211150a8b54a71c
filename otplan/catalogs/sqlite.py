"""The embedded catalog: one SQLite file beside the registry's, for projects without tables.

It has a file of its own because it is another thing: the registry is what otplan believes and
must never be lost, the catalog can be written again from it, and people open it with whatever
reads SQLite. So each has its own version and its own lock, and neither can damage the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import msgspec

from otplan.catalogs.protocol import NO_TRIALS, Trials
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.query import Query
from otplan.core.values import Value, canonical
from otplan.errors import OtplanError
from otplan.shell.database import Database, Schema

_Columns: TypeAlias = tuple[str, str, str, str, str, str, str]

_VERSION_1 = (
    """
    CREATE TABLE entries (
        "table" TEXT NOT NULL,
        name TEXT NOT NULL,
        workspace TEXT NOT NULL,
        address TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY ("table", name)
    )
    """,
    'CREATE INDEX entries_by_workspace ON entries (workspace, "table", name)',
)

_VERSION_2 = ("ALTER TABLE entries ADD COLUMN manifest TEXT NOT NULL DEFAULT ''",)

CATALOG = Schema("catalog", int.from_bytes(b"otpC"), (_VERSION_1, _VERSION_2))
"""Add a step for each new version; change none that was released."""

_ONE = """
    SELECT "table", name, document, workspace, address, fingerprint, manifest FROM entries
    WHERE "table" = ? AND name = ?
"""
_OURS = """
    SELECT "table", name, document, workspace, address, fingerprint, manifest FROM entries
    WHERE workspace = ? ORDER BY "table", name
"""
_TABLE = """
    SELECT "table", name, document, workspace, address, fingerprint, manifest FROM entries
    WHERE "table" = ? ORDER BY name
"""
_PUT = """
    INSERT OR REPLACE INTO entries
    ("table", name, document, workspace, address, fingerprint, manifest)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_values = msgspec.json.Decoder(dict[str, Value])


@dataclass(frozen=True, slots=True)
class SqliteCatalog:
    """Keep rows in a file beside that of the registry at `place`, made by the first write.

    Where that may be written, so may this: the registry, always written first, checked the mount.
    """

    place: str
    patience: float = 30.0

    @property
    def path(self) -> Path:
        """Return the file: `otplan.catalog.sqlite` beside `otplan.sqlite`."""
        registry = Path(self.place)
        return registry.with_name(f"{registry.stem}.catalog{registry.suffix}")

    def read(self, keys: Sequence[CatalogKey]) -> Mapping[CatalogKey, CatalogRow | None]:
        """Return the rows of these keys, in their order; None where there is none."""
        with self._database.reading() as tables:
            return {key: self._found(tables, key) for key in keys}

    def tables(self, workspace: str) -> Mapping[str, Sequence[CatalogRow]]:
        """Return the rows of the workspace with this id: tables, and rows in them, by name."""
        with self._database.reading() as tables:
            rows = [self._row(columns) for columns in tables.execute(_OURS, (workspace,))]
        return {table: tuple(ours) for table, ours in groupby(rows, lambda row: row.key.table)}

    def listed(self, query: Query) -> list[str]:
        """Return the names of a table's rows: here all are finished, and nobody's in particular."""
        with self._database.reading() as tables:
            rows = [self._row(columns) for columns in tables.execute(_TABLE, (query.table,))]
        return [row.key.name for row in rows if row.values.get("ended", 0) >= query.start]

    def write(self, rows: Sequence[CatalogRow], trials: Trials = NO_TRIALS) -> None:  # noqa: ARG002
        """Insert or update rows, all or none; raise Refused (`denied`) for another workspace's.

        Of trials an eval's row says how many there are; they have none of their own.
        A row that is there as it should be is not written again.
        """
        if not rows:
            return
        with self._database.writing() as tables:
            for row in rows:
                there = self._found(tables, row.key)
                if there is not None and there.workspace != row.workspace:
                    raise there.denied(str(self.path))
                if there is None or _columns(there) != _columns(row):
                    tables.execute(_PUT, _columns(row))

    @property
    def _database(self) -> Database:
        return Database(self.path, CATALOG, self.patience)

    def _found(self, tables: sqlite3.Connection, key: CatalogKey) -> CatalogRow | None:
        columns = tables.execute(_ONE, (key.table, key.name)).fetchone()
        return None if columns is None else self._row(columns)

    def _row(self, columns: _Columns) -> CatalogRow:
        table, name, document, workspace, address, fingerprint, manifest = columns
        try:
            values = _values.decode(document)
        except msgspec.DecodeError as error:
            raise OtplanError(
                f"`{name}` in table `{table}` of the catalog {self.path} is no JSON ({error})",
                "Mend its `document`, or delete the row: it is written again.",
            ) from error
        key = CatalogKey(table, name)
        return CatalogRow(key, values, workspace, address, fingerprint, manifest)


def _columns(row: CatalogRow) -> _Columns:
    """Return a row as it is stored; equal values give equal text, whatever their order."""
    document = canonical(dict(row.values))
    return (row.key.table, row.key.name, document, *row.owner)
