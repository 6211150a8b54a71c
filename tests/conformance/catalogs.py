"""What every catalog must do: a class inherits `CatalogSuite` and adds the fixture `maker`.

A maker opens the catalog anew with each call, also in another process: it can be pickled. The
tables and columns are the project's: a catalog with columns of its own overrides `key` and `row`.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias
from uuid import uuid4

import pytest

from otplan.catalogs.protocol import Catalog
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.values import Value
from otplan.errors import Refused

Maker: TypeAlias = Callable[[], Catalog]

ODD = "naïve 😀 \u2028 \x1f \\ \" ' $ {x} %s"


class CatalogSuite:
    """The promises of otplan/catalogs/protocol.py, one test each."""

    @pytest.fixture
    def ours(self) -> str:
        return f"id-{uuid4().hex}"

    def key(self, table: str = "models") -> CatalogKey:
        """Return the key of a row that is not there yet."""
        return CatalogKey(table, f"org/{uuid4().hex}")

    def row(
        self, key: CatalogKey, workspace: str, values: Mapping[str, Value] | None = None
    ) -> CatalogRow:
        """Return a row that this workspace would write."""
        return CatalogRow(key, values or {"base": "tiny"}, workspace, "training.sft", "v1:a")

    def test_a_key_without_a_row_has_none(self, maker: Maker) -> None:
        key = self.key()

        assert maker().read([key]) == {key: None}

    def test_no_keys_give_no_rows(self, maker: Maker) -> None:
        assert maker().read([]) == {}

    def test_a_workspace_that_wrote_nothing_has_no_tables(self, maker: Maker, ours: str) -> None:
        assert maker().tables(ours) == {}

    def test_rows_are_read_as_they_were_written_in_the_order_asked(
        self, maker: Maker, ours: str
    ) -> None:
        keys = [self.key(), self.key("datasets"), self.key()]
        rows = [self.row(key, ours) for key in keys]

        maker().write(rows)

        asked = [keys[2], self.key(), keys[0], keys[1]]
        read = maker().read(asked)
        assert list(read) == asked
        assert list(read.values()) == [rows[2], None, rows[0], rows[1]]

    def test_a_name_is_unique_in_its_table_only(self, maker: Maker, ours: str) -> None:
        model = self.key("models")
        dataset = replace(model, table="datasets")
        rows = {model: self.row(model, ours), dataset: self.row(dataset, ours, {"rows": 3})}

        maker().write(list(rows.values()))

        assert maker().read([model, dataset]) == rows

    def test_our_own_row_is_updated_also_by_a_resource_that_was_renamed(
        self, maker: Maker, ours: str
    ) -> None:
        row = self.row(self.key(), ours)
        values = {**row.values, "base": "small"}
        later = replace(row, values=values, address="training.renamed", fingerprint="v1:b")
        maker().write([row])

        maker().write([later])

        assert maker().read([row.key]) == {row.key: later}

    def test_somebody_elses_row_is_refused_and_nothing_is_written(
        self, maker: Maker, ours: str
    ) -> None:
        theirs = self.row(self.key(), "id-of-others")
        free = self.key()
        maker().write([theirs])

        with pytest.raises(Refused, match=theirs.key.name) as refused:
            maker().write([self.row(free, ours), self.row(theirs.key, ours)])

        assert refused.value.kind == "denied"
        assert maker().read([free, theirs.key]) == {free: None, theirs.key: theirs}

    def test_somebody_elses_row_is_refused_even_if_it_says_the_same(
        self, maker: Maker, ours: str
    ) -> None:
        theirs = self.row(self.key(), "id-of-others")
        maker().write([theirs])

        with pytest.raises(Refused):
            maker().write([replace(theirs, workspace=ours)])

    def test_the_rows_of_a_workspace_are_sorted_by_table_and_name(
        self, maker: Maker, ours: str
    ) -> None:
        rows = [self.row(self.key(table), ours) for table in ("models", "evals", "models")]
        maker().write([*rows, self.row(self.key(), "id-of-others")])

        tables = maker().tables(ours)

        ordered = sorted(rows, key=lambda row: row.key)
        assert list(tables) == ["evals", "models"]
        assert [row for table in tables.values() for row in table] == ordered

    def test_unicode_and_a_megabyte_come_back_as_they_were(self, maker: Maker, ours: str) -> None:
        values = {"odd": ODD, "big": "é" * (1 << 20), "nested": {ODD: [1, 1.5, None, True]}}
        row = self.row(self.key(), ours, values)

        maker().write([row])

        assert maker().read([row.key]) == {row.key: row}

    @pytest.mark.parametrize("table", ["models", "evals"])
    def test_of_two_workspaces_that_write_a_name_at_once_one_is_refused(
        self, maker: Maker, ours: str, table: str
    ) -> None:
        keys = [self.key(table) for _ in range(20)]

        with ThreadPoolExecutor(2) as threads:
            calls = [
                threads.submit(_write_each, maker, [self.row(key, workspace) for key in keys])
                for workspace in (f"{ours}-a", f"{ours}-b")
            ]
            written = [row for call in calls for row in call.result()]

        assert maker().read(keys) == {row.key: row for row in written}
        assert len(written) == len(keys)


def _write_each(maker: Maker, rows: list[CatalogRow]) -> list[CatalogRow]:
    """Write rows one by one, and return those that were not refused."""
    return [row for row in rows if _write(maker(), row)]


def _write(catalog: Catalog, row: CatalogRow) -> bool:
    try:
        catalog.write([row])
    except Refused:
        return False
    return True
