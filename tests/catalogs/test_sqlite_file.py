"""The catalog's file: where it is, when it is made, and what does not change it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from otplan.catalogs.sqlite import SqliteCatalog
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.errors import OtplanError
from otplan.registries.sqlite import SqliteRegistry
from tests.conformance.registry_writers import fact

KEY = CatalogKey("models", "org/sft")
ROW = CatalogRow(KEY, {"base": "tiny", "rows": 3}, "id-1", "training.sft", "v1:a")


@pytest.mark.parametrize(
    ("registry", "catalog"),
    [
        ("/x/otplan.sqlite", "/x/otplan.catalog.sqlite"),
        ("/x.y/state", "/x.y/state.catalog"),
        ("a.b.db", "a.b.catalog.db"),
    ],
)
def test_the_catalog_is_a_file_beside_the_registrys(registry: str, catalog: str) -> None:
    assert SqliteCatalog(registry).path == Path(catalog)


def test_a_reader_makes_neither_file_nor_folder(tmp_path: Path) -> None:
    catalog = SqliteCatalog(str(tmp_path / "experiments" / "otplan.sqlite"))

    read = (catalog.read([KEY]), catalog.tables("id-1"))
    catalog.write([])

    assert read == ({KEY: None}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_as_it_should_be_is_not_written_again(tmp_path: Path) -> None:
    catalog = SqliteCatalog(str(tmp_path / "otplan.sqlite"))
    catalog.write([ROW])
    before = (catalog.path.read_bytes(), catalog.path.stat().st_mtime_ns)

    catalog.write([CatalogRow(KEY, {"rows": 3, "base": "tiny"}, "id-1", "training.sft", "v1:a")])

    assert (catalog.path.read_bytes(), catalog.path.stat().st_mtime_ns) == before


def test_the_registry_beside_it_is_another_file(tmp_path: Path) -> None:
    place = str(tmp_path / "otplan.sqlite")
    SqliteCatalog(place).write([ROW])

    SqliteRegistry(place).note("w", [fact(1)])

    assert SqliteCatalog(place).read([KEY]) == {KEY: ROW}
    assert SqliteRegistry(place).read("w").facts == (fact(1),)


def test_a_registry_is_not_mistaken_for_a_catalog(tmp_path: Path) -> None:
    catalog = SqliteCatalog(str(tmp_path / "otplan.sqlite"))
    SqliteRegistry(str(catalog.path)).note("w", [fact(1)])

    with pytest.raises(OtplanError, match=f"the catalog {catalog.path} is a database of something"):
        catalog.read([KEY])


def test_a_row_written_by_hand_is_somebody_elses(tmp_path: Path) -> None:
    catalog = SqliteCatalog(str(tmp_path / "otplan.sqlite"))
    catalog.write([CatalogRow(KEY, {"base": "tiny"})])

    with pytest.raises(OtplanError, match="was written by hand: it stays as it is"):
        catalog.write([ROW])

    assert catalog.tables("") == {"models": (CatalogRow(KEY, {"base": "tiny"}),)}


def test_a_row_that_was_broken_by_hand_is_named(tmp_path: Path) -> None:
    catalog = SqliteCatalog(str(tmp_path / "otplan.sqlite"))
    catalog.write([ROW])
    with closing(sqlite3.connect(catalog.path, isolation_level=None)) as connection:
        connection.execute("UPDATE entries SET document = '{'")

    with pytest.raises(OtplanError, match=r"`org/sft` in table `models` of the catalog .* no JSON"):
        catalog.read([KEY])
