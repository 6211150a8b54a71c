"""The catalog in a project's own tables on Supabase, beside the rows of people and other tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from otplan.catalogs.protocol import NO_TRIALS, Trials
from otplan.catalogs.supabase_look import There, listed, look, owned
from otplan.catalogs.supabase_rows import OWNER, columns, extras
from otplan.catalogs.supabase_tables import MADE_WHEN_NAMED, TABLES
from otplan.catalogs.supabase_trials import fill
from otplan.core.catalog import TRIAL_ROWS, CatalogKey, CatalogRow
from otplan.core.query import Query
from otplan.core.trial import Trial
from otplan.errors import Refused
from otplan.shell.postgrest import Service

if TYPE_CHECKING:
    from supabase import Client

_ORDER = {name: n for n, name in enumerate(TABLES)}


@dataclass(frozen=True, slots=True)
class SupabaseCatalog:
    """Keep rows in the tables of schema/supabase/catalog, or in older ones that are much alike.

    A row is a workspace's where its parameters say so; all others are read and never written.
    """

    service: Service

    @property
    def place(self) -> str:
        """Return its URL."""
        return self.service.url

    def read(self, keys: Sequence[CatalogKey]) -> Mapping[CatalogKey, CatalogRow | None]:
        """Return the rows of these keys, in their order; None where there is none."""
        there = look(self.service, keys)
        return {key: there.found[key][1] if key in there.found else None for key in keys}

    def tables(self, workspace: str) -> Mapping[str, Sequence[CatalogRow]]:
        """Return the rows of the workspace with this id: tables, and rows in them, by name."""
        found = sorted(owned(self.service, workspace), key=lambda row: row.key)
        return {table: tuple(ours) for table, ours in groupby(found, lambda row: row.key.table)}

    def listed(self, query: Query) -> list[str]:
        """Return the names of finished rows that others can read, too, and no duplicates."""
        return listed(self.service, query)

    def write(self, rows: Sequence[CatalogRow], trials: Trials = NO_TRIALS) -> None:
        """Insert or update rows, in the order in which they name each other.

        Raise Refused (`denied`) for somebody else's before anything is written; where one appeared
        since, what comes before it is written. The rows of an eval's trials come after its own,
        and then its word that they are there.
        """
        if not rows:
            return
        there = look(self.service, [key for row in rows for key in _concerned(row)])
        for row in rows:
            self._refuse_foreign(row, there)
        for row in sorted(rows, key=lambda row: _ORDER[row.key.table]):
            self._make_named(row, there)
            if row.key in trials:
                self._put_one(row.without(TRIAL_ROWS), there)
                self._fill(row, trials[row.key])
            else:
                self._put_one(row, there)

    def _put_one(self, row: CatalogRow, there: There) -> None:
        if row.key in there.found:
            self._update(row, there)
        else:
            self._insert(row, there)

    def _fill(self, row: CatalogRow, trials: Sequence[Trial]) -> None:
        """Write the rows of an eval's trials, and then into its own that they are there."""
        now = look(self.service, list(_concerned(row)))
        self._refuse_foreign(row, now)
        fill(self.service, row, trials, now)
        self._update(row, now)

    def _make_named(self, row: CatalogRow, there: There) -> None:
        """Make the agent and the benchmark that a row names, where there are none."""
        for key in _concerned(row):
            if key.table in MADE_WHEN_NAMED and there.ids.of(key.table, key.name) is None:
                self._make(key, there)

    def _make(self, key: CatalogKey, there: There) -> None:
        made = {"id": str(uuid4()), "name": key.name}
        try:
            self._send(lambda client: client.table(key.table).insert(made))
        except Refused as refused:
            if refused.kind != "taken":
                raise
            there.ids.known.update(look(self.service, [key]).ids.known)
        else:
            there.ids.known[key.table, key.name] = made["id"]

    def _insert(self, row: CatalogRow, there: There) -> None:
        table = TABLES[row.key.table]
        made = columns(row, table, there.ids) | {"id": str(uuid4())}
        if row.key.table == table.name:
            made["name"] = row.key.name
        try:
            self._put(row, made, lambda client, one: client.table(table.name).insert(one))
        except Refused as refused:
            if refused.kind != "taken":
                raise
            # It was not there a moment ago: it may be ours, sent twice since its answer was lost.
            self._meet(row, refused)
            return
        there.ids.known[table.name, row.key.name] = made["id"]

    def _meet(self, row: CatalogRow, refused: Refused) -> None:
        now = look(self.service, list(_concerned(row)))
        if row.key not in now.found:
            raise refused
        self._refuse_foreign(row, now)
        self._update(row, now)

    def _update(self, row: CatalogRow, there: There) -> None:
        """Write a row that is still ours, where it is not as it should be.

        What it says besides, among the parameters too, stays.
        """
        id_, old = there.found[row.key]
        if not row.differing(old) and row.owner == old.owner:
            return
        table = TABLES[row.key.table]
        said = columns(row, table, there.ids)
        kept = {k: v for k, v in old.values.items() if k not in table.columns and k != "job"}
        said[table.parameters] = {**kept, **said[table.parameters]}
        for name in row.once:
            said.pop(table.columns.get(name, ""), None)
        ours = f"{table.parameters}->{OWNER}->>workspace"
        done = self._put(
            row,
            said,
            lambda client, one: (
                client.table(table.name).update(one).eq("id", id_).eq(ours, row.workspace)
            ),
        )
        if not done:
            self._refuse_foreign(row, look(self.service, [row.key]))

    def _put(
        self,
        row: CatalogRow,
        made: dict[str, Any],
        request: Callable[[Client, dict[str, Any]], Any],
    ) -> Sequence[Any]:
        """Send columns; those that a project's older tables lack are left out there."""
        whole = made | extras(row, TABLES[row.key.table])
        try:
            return self._send(lambda client: request(client, whole))
        except Refused as refused:
            if refused.kind != "lacks":
                raise
        return self._send(lambda client: request(client, made))

    def _send(self, request: Callable[[Client], Any]) -> Sequence[Any]:
        """Make a request, and return the rows that it wrote."""
        ask, rows = self.service.ask, self.service.rows
        return ask(lambda client: rows(request(client).execute().data))

    def _refuse_foreign(self, row: CatalogRow, there: There) -> None:
        """Raise for a row that another workspace wrote, or somebody by hand."""
        found = there.found.get(row.key)
        if found is not None and found[1].workspace != row.workspace:
            raise found[1].denied(self.place)


def _concerned(row: CatalogRow) -> Iterator[CatalogKey]:
    """Yield the keys of a row and of all that it names."""
    yield row.key
    for value, reference in TABLES[row.key.table].references.items():
        named = row.values.get(value)
        for name in named if isinstance(named, list) else [named]:
            if isinstance(name, str):
                yield CatalogKey(reference.table, name)
