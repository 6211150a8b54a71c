"""One SQLite file of this machine: opened, upgraded, and its troubles told in words.

Such files lie in homes and experiment folders, on NFS or Lustre. The rollback journal needs
nothing but byte-range locks; a WAL needs memory that all its readers share, which two nodes
never have (https://sqlite.org/wal.html, part 1).
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from otplan.shell import troubles


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds: the word for it, the number that marks it, and how its tables came to be.

    `mark` is the file's `application_id`, so that nobody else's file is mistaken for one of
    ours. Each of `steps` leads from one version to the next; one that was released never changes.
    """

    noun: str
    mark: int
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A file with a schema. Each use opens it anew: nothing is shared between threads or forks.

    `patience` is how many seconds to wait for a lock. What goes wrong with the file is raised as
    Unreachable where asking later may do, else as OtplanError.
    """

    path: Path
    schema: Schema
    patience: float = 30.0

    def exists(self) -> bool:
        """Tell whether there is a file; one that cannot be looked for is no absent one."""
        with self._told():
            return self.path.exists()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give one consistent snapshot; an absent file is empty and stays absent."""
        with self._told(), ExitStack() as opened:
            yield self._snapshot(opened)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give one transaction, on disk when the block is left; an error in it undoes it all."""
        with self._told():
            self._make()
            # Closing without COMMIT rolls back.
            with closing(self._open("rw")) as connection:
                _make_durable(connection)
                connection.execute("BEGIN IMMEDIATE")
                self._upgrade(connection)
                yield connection
                connection.execute("COMMIT")

    def _snapshot(self, opened: ExitStack) -> sqlite3.Connection:
        """Begin to read the file, or a copy in memory where it is absent or its version old."""
        copy = opened.enter_context(closing(sqlite3.connect(":memory:", isolation_level=None)))
        if self.path.exists():
            connection = opened.enter_context(closing(self._begun()))
            if self._version(connection) == len(self.schema.steps):
                return connection
            connection.backup(copy)
        return self._upgrade(copy)

    def _begun(self) -> sqlite3.Connection:
        try:
            return _begin(self._open("ro"))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
        # A writer was killed halfway. What it began must be rolled back before anybody can read.
        return _begin(self._open("rw"))

    def _open(self, mode: str) -> sqlite3.Connection:
        if self.path.is_dir():  # SQLite would call it a disk error.
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        place = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(place, uri=True, timeout=self.patience, isolation_level=None)

    def _make(self) -> None:
        """Create the folder and an empty file, with the rights that the user's umask gives."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            try:
                # Not open(): closing a file drops every lock this process has on it, also those
                # of a connection in another thread (https://sqlite.org/howtocorrupt.html, 2.2).
                os.mknod(self.path, stat.S_IFREG | 0o666)
            except FileExistsError:
                return

    def _upgrade(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Take the steps that the file lacks, inside the transaction that is open."""
        for version in range(self._version(connection), len(self.schema.steps)):
            for statement in self.schema.steps[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute(f"PRAGMA application_id = {self.schema.mark}")
        return connection

    def _version(self, connection: sqlite3.Connection) -> int:
        """Return the version of the tables, 0 where there are none; refuse what is not ours."""
        if not _has_tables(connection):
            return 0
        if _number(connection, "application_id") != self.schema.mark:
            raise troubles.foreign(self._name)
        version = _number(connection, "user_version")
        if version > len(self.schema.steps):
            raise troubles.newer(self._name, version, len(self.schema.steps))
        return version

    @property
    def _name(self) -> str:
        return f"{self.schema.noun} {self.path}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            trouble = troubles.told(self._name, error)
            if trouble is None:
                raise
            raise trouble from error


def _begin(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Start a read transaction now: BEGIN alone would wait for the first question."""
    try:
        connection.execute("BEGIN")
        _number(connection, "user_version")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_durable(connection: sqlite3.Connection) -> None:
    """Return from COMMIT only when a power cut no longer undoes it.

    FULL is not enough with a rollback journal: the folder, too, must know that the journal is
    gone (https://sqlite.org/pragma.html#pragma_synchronous).
    """
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA foreign_keys = ON")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    row: tuple[int] = connection.execute(f"PRAGMA {pragma}").fetchone()
    return row[0]


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
