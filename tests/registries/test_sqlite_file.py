"""The registry's file: who makes it, with which rights, and what is refused."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.core.record import Recorded
from otplan.errors import OtplanError, Unreachable
from otplan.registries.sqlite import SqliteRegistry
from otplan.registries.sqlite_schema import REGISTRY
from otplan.shell.database import Database, Schema
from tests.conformance.registry_writers import attempt, fact, graph, holder

SAVED = Path(__file__).with_name("version_1.sql")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "experiments" / "otplan.sqlite"


@pytest.fixture
def registry(path: Path) -> SqliteRegistry:
    return SqliteRegistry(str(path), patience=0.1)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o007)
    yield
    os.umask(before)


def test_a_reader_makes_neither_file_nor_folder(registry: SqliteRegistry, path: Path) -> None:
    read = registry.read("w")
    registry.free("w")
    registry.note("w", [])

    assert read == Recorded("w")
    assert not path.parent.exists()


def test_the_first_write_makes_folder_and_file_with_the_users_umask(
    registry: SqliteRegistry, path: Path, umask: None
) -> None:
    registry.note("w", [fact(1)])

    assert path.stat().st_mode & 0o777 == 0o660
    assert path.parent.stat().st_mode & 0o777 == 0o770
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_reads_as_empty_and_is_then_filled(
    registry: SqliteRegistry, path: Path
) -> None:
    path.parent.mkdir()
    path.touch()

    read = registry.read("w")
    size = path.stat().st_size
    registry.note("w", [fact(1)])

    assert (read, size) == (Recorded("w"), 0)
    assert registry.read("w").facts == (fact(1),)


def test_a_place_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=rw#c%20ü&'" / "x;y"

    SqliteRegistry(str(path)).note("w", [fact(1)])

    assert path.is_file()
    assert SqliteRegistry(str(path)).read("w").facts == (fact(1),)


def test_a_write_goes_through_the_rollback_journal_even_if_somebody_chose_a_wal(
    registry: SqliteRegistry, path: Path
) -> None:
    registry.note("w", [fact(1)])
    _change(path, "PRAGMA journal_mode = WAL")

    registry.note("w", [fact(2)])

    assert _ask(path, "PRAGMA journal_mode") == "delete"
    assert registry.read("w").facts == (fact(1), fact(2))


def test_a_file_of_version_1_is_read_as_it_was_written(
    registry: SqliteRegistry, path: Path
) -> None:
    _restore(path)

    recorded = registry.read("w")

    assert (recorded.id, recorded.manifest) == ("id-1", "m.yaml")
    assert recorded.approval is not None
    assert recorded.approval.graph == graph("w")
    assert recorded.attempts == (attempt(1), attempt(2))
    assert recorded.facts == (fact(2), fact(1))
    assert recorded.holder == holder(1)


def test_an_older_file_is_upgraded_step_by_step_by_a_write(path: Path) -> None:
    _restore(path)
    later = _later("ALTER TABLE facts ADD COLUMN a TEXT", "ALTER TABLE facts RENAME a TO b")

    with Database(path, later).writing() as tables:
        rows = tables.execute("SELECT id, b FROM facts ORDER BY noted").fetchall()

    assert rows == [(fact(2).id, None), (fact(1).id, None)]
    assert _ask(path, "PRAGMA user_version") == 3


def test_an_older_file_is_read_as_if_upgraded_and_stays_as_it_is(path: Path) -> None:
    _restore(path)
    before = path.read_bytes()

    with Database(path, _later("ALTER TABLE facts ADD COLUMN a TEXT")).reading() as tables:
        rows = tables.execute("SELECT id, a FROM facts ORDER BY noted").fetchall()

    assert rows == [(fact(2).id, None), (fact(1).id, None)]
    assert path.read_bytes() == before


def test_an_upgrade_that_breaks_leaves_the_file_at_its_version(
    registry: SqliteRegistry, path: Path
) -> None:
    _restore(path)
    broken = _later("ALTER TABLE facts ADD COLUMN a TEXT", "ALTER TABLE absent RENAME a TO b")

    with pytest.raises(sqlite3.OperationalError), Database(path, broken).writing():
        pass

    assert _ask(path, "PRAGMA user_version") == 1
    assert registry.read("w").facts == (fact(2), fact(1))


def test_a_file_of_a_newer_version_is_neither_read_nor_written(
    registry: SqliteRegistry, path: Path
) -> None:
    registry.note("w", [fact(1)])
    _change(path, "PRAGMA user_version = 9")
    before = path.read_bytes()

    for use in (lambda: registry.read("w"), lambda: registry.note("w", [fact(2)])):
        with pytest.raises(OtplanError, match=f"{path} has version 9; this otplan .* up to 1"):
            use()

    assert path.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(registry: SqliteRegistry, path: Path) -> None:
    path.parent.mkdir()
    _change(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()

    for use in (lambda: registry.read("w"), lambda: registry.note("w", [fact(2)])):
        with pytest.raises(OtplanError, match="something else"):
            use()

    assert path.read_bytes() == before


def test_a_row_of_a_newer_otplan_is_told_and_unlocks_nonetheless(
    registry: SqliteRegistry, path: Path
) -> None:
    registry.busy("w", holder(1))
    _change(path, "UPDATE busy SET document = '{\"later\": 1}'")

    with pytest.raises(OtplanError, match="has a row that this otplan cannot read"):
        registry.read("w")
    registry.free("w")

    assert registry.read("w") == Recorded("w")


def test_a_field_that_is_new_takes_its_default_in_rows_from_before(
    registry: SqliteRegistry, path: Path
) -> None:
    _restore(path)
    _change(path, "UPDATE attempts SET document = json_remove(document, '$.outputs')")

    attempts = registry.read("w").attempts

    assert attempts == tuple(replace(attempt(n), outputs=()) for n in (1, 2))


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 9, None])
def test_a_damaged_file_is_named(
    registry: SqliteRegistry, path: Path, content: bytes | None
) -> None:
    registry.note("w", [fact(n) for n in range(400)])
    path.write_bytes(path.read_bytes()[:9000] if content is None else content)

    for use in (lambda: registry.read("w"), lambda: registry.note("w", [fact(999)])):
        with pytest.raises(OtplanError, match=f"registry {path} is damaged"):
            use()


def test_a_folder_in_its_place_is_told(registry: SqliteRegistry, path: Path) -> None:
    path.mkdir(parents=True)

    for use in (lambda: registry.read("w"), lambda: registry.note("w", [fact(1)])):
        with pytest.raises(OtplanError, match=f"registry {path} is a folder"):
            use()


def test_a_lock_that_is_not_released_is_unknown_and_not_empty(
    registry: SqliteRegistry, path: Path
) -> None:
    registry.note("w", [fact(1)])

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for use in (lambda: registry.read("w"), lambda: registry.note("w", [fact(2)])):
            with pytest.raises(Unreachable, match=f"registry {path} is locked"):
                use()

    assert registry.read("w").facts == (fact(1),)


def test_what_is_read_stays_as_it_is_until_it_was_read_to_the_end(
    registry: SqliteRegistry, path: Path
) -> None:
    registry.note("w", [fact(1)])
    count = "SELECT count(*) FROM facts"

    with Database(path, REGISTRY).reading() as tables:
        before = tables.execute(count).fetchone()
        with pytest.raises(Unreachable, match="is locked"):
            registry.note("w", [fact(2)])
        after = tables.execute(count).fetchone()

    assert before == after == (1,)


def _later(*statements: str) -> Schema:
    """Return the schema with one more version for each statement."""
    return replace(REGISTRY, steps=(*REGISTRY.steps, *((statement,) for statement in statements)))


def _restore(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SAVED.read_text())


def _change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def _ask(path: Path, question: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchone()[0]
