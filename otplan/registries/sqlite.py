"""The registry in one SQLite file: for one person or a team on one file system, with no set-up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from otplan.core.graph import Resolved
from otplan.core.record import Approval, Attempt, Fact, Holder, Recorded
from otplan.errors import OtplanError
from otplan.registries import mounts
from otplan.registries.refusals import busy_error, superseded_error
from otplan.registries.sqlite_schema import REGISTRY
from otplan.shell.database import Database

T = TypeVar("T")

_OWNER = "SELECT id, manifest FROM workspaces WHERE name = ?"
_NEWEST = "SELECT document FROM approvals WHERE workspace = ? ORDER BY number DESC LIMIT 1"
_APPROVAL = "SELECT document FROM approvals WHERE workspace = ? AND number = ?"
_ATTEMPTS = "SELECT document FROM attempts WHERE workspace = ? ORDER BY fingerprint, n"
_FACTS = "SELECT document FROM facts WHERE workspace = ? ORDER BY noted"
_HOLDER = "SELECT document FROM busy WHERE workspace = ?"

_approvals = msgspec.json.Decoder(tuple[Approval, ...])
_attempts = msgspec.json.Decoder(tuple[Attempt, ...])
_facts = msgspec.json.Decoder(tuple[Fact, ...])
_holders = msgspec.json.Decoder(tuple[Holder, ...])


@dataclass(frozen=True, slots=True)
class SqliteRegistry:
    """Keep workspaces in the file at `place`, made by the first write.

    `patience` is how many seconds to wait for others' locks; `table` lists the mounts.
    """

    place: str
    patience: float = 30.0
    table: Path = mounts.TABLE

    def read(self, workspace: str) -> Recorded:
        """Return the whole workspace as it was at one moment."""
        queries = (_NEWEST, _ATTEMPTS, _FACTS, _HOLDER)
        with self._database.reading() as tables:
            id_, owner = tables.execute(_OWNER, (workspace,)).fetchone() or ("", "")
            found = [_documents(tables, query, workspace) for query in queries]
        approvals, attempts, facts, holders = found
        return Recorded(
            workspace,
            id_,
            owner,
            approval=_first(self._decoded(_approvals, approvals)),
            attempts=self._decoded(_attempts, attempts),
            facts=self._decoded(_facts, facts),
            holder=_first(self._decoded(_holders, holders)),
        )

    def recall(self, workspace: str) -> Recorded:
        """Return the workspace: a file is there without asking anybody."""
        return self.read(workspace)

    def found(self, workspace: str, manifest: str, id: str) -> str:  # noqa: A002
        """Insert the workspace where it is new; return the id that it has now."""
        with self._writing() as tables:
            tables.execute(
                "INSERT INTO workspaces (name, id, manifest) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO NOTHING",
                (workspace, id, manifest),
            )
            owner: tuple[str, str] = tables.execute(_OWNER, (workspace,)).fetchone()
        return owner[0]

    def own(self, workspace: str, manifest: str) -> None:
        """Make another manifest the owner; raise OtplanError where there is no such workspace."""
        with self._writing() as tables:
            self._require(tables, workspace)
            tables.execute(
                "UPDATE workspaces SET manifest = ? WHERE name = ?", (manifest, workspace)
            )

    def approve(self, workspace: str, graph: Resolved, user: str, at: int) -> int:
        """Store the graph under the next number; raise OtplanError for no such workspace."""
        with self._writing() as tables:
            self._require(tables, workspace)
            number = _newest(tables, workspace) + 1
            approval = Approval(number, at, user, graph.workspace.manifest, graph)
            tables.execute(
                "INSERT INTO approvals (workspace, number, document) VALUES (?, ?, ?)",
                (workspace, number, _document(approval)),
            )
        return number

    def approval(self, workspace: str, number: int) -> Approval | None:
        """Return what was approved under a number, None where nothing was."""
        with self._database.reading() as tables:
            found = tables.execute(_APPROVAL, (workspace, number)).fetchall()
        return _first(self._decoded(_approvals, [document for (document,) in found]))

    def intend(
        self, workspace: str, approval: int, attempts: Sequence[Attempt]
    ) -> Sequence[Attempt]:
        """Insert the attempts that are new, and return them; raise Superseded, taking none."""
        with self._writing() as tables:
            self._require(tables, workspace)
            newest = _newest(tables, workspace)
            if newest > approval:
                raise superseded_error(workspace, approval, newest)
            return [attempt for attempt in attempts if _taken(tables, workspace, attempt)]

    def note(self, workspace: str, facts: Sequence[Fact]) -> None:
        """Append the facts that are new; the workspace need not be known."""
        rows = [(workspace, fact.id, _document(fact)) for fact in facts]
        if not rows:
            return
        with self._writing() as tables:
            tables.executemany(
                "INSERT INTO facts (workspace, id, document) VALUES (?, ?, ?)"
                " ON CONFLICT (workspace, id) DO NOTHING",
                rows,
            )

    def busy(self, workspace: str, holder: Holder, *, over: Holder | None = None) -> None:
        """Say who is applying, in place of `over` or of ourselves; raise Busy for anybody else."""
        with self._writing() as tables:
            there = self._holder(tables, workspace)
            if there is not None and there != over and not _same(there, holder):
                raise busy_error(workspace, there)
            tables.execute(
                "INSERT OR REPLACE INTO busy (workspace, document) VALUES (?, ?)",
                (workspace, _document(holder)),
            )

    def free(self, workspace: str, holder: Holder | None = None) -> None:
        """Take that row away if it is the holder's, or whoever's where that is None."""
        if not self._database.exists():
            return
        with self._writing() as tables:
            if holder is None or _same(self._holder(tables, workspace), holder):
                tables.execute("DELETE FROM busy WHERE workspace = ?", (workspace,))

    @property
    def _database(self) -> Database:
        return Database(Path(self.place), REGISTRY, self.patience)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        mounts.check(Path(self.place), self.table)
        with self._database.writing() as tables:
            yield tables

    def _require(self, tables: sqlite3.Connection, workspace: str) -> None:
        if tables.execute(_OWNER, (workspace,)).fetchone() is None:
            raise OtplanError(
                f"the registry {self.place} has no workspace `{workspace}`",
                "Look whether it is the right file; the first apply makes the workspace.",
            )

    def _holder(self, tables: sqlite3.Connection, workspace: str) -> Holder | None:
        return _first(self._decoded(_holders, _documents(tables, _HOLDER, workspace)))

    def _decoded(
        self, decoder: msgspec.json.Decoder[tuple[T, ...]], documents: Sequence[str]
    ) -> tuple[T, ...]:
        """Read all documents of a table at once, which is twice as fast as one by one."""
        try:
            return decoder.decode(f"[{','.join(documents)}]")
        except msgspec.DecodeError as error:
            raise OtplanError(
                f"the registry {self.place} has a row that this otplan cannot read ({error})",
                "Use the otplan that wrote it, or a later one.",
            ) from error


def _document(value: Approval | Attempt | Fact | Holder) -> str:
    return msgspec.json.encode(value).decode()


def _documents(tables: sqlite3.Connection, query: str, workspace: str) -> list[str]:
    return [row[0] for row in tables.execute(query, (workspace,))]


def _first(values: Sequence[T]) -> T | None:
    return values[0] if values else None


def _newest(tables: sqlite3.Connection, workspace: str) -> int:
    query = "SELECT coalesce(max(number), 0) FROM approvals WHERE workspace = ?"
    row: tuple[int] = tables.execute(query, (workspace,)).fetchone()
    return row[0]


def _taken(tables: sqlite3.Connection, workspace: str, attempt: Attempt) -> bool:
    """Insert one attempt, unless that number of that fingerprint is there."""
    cursor = tables.execute(
        "INSERT INTO attempts (workspace, fingerprint, n, document) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (workspace, fingerprint, n) DO NOTHING",
        (workspace, attempt.fingerprint, attempt.n, _document(attempt)),
    )
    return cursor.rowcount == 1


def _same(there: Holder | None, holder: Holder) -> bool:
    """Tell whether a row is of the same process; since when and until when may differ."""
    return there is not None and _process(there) == _process(holder)


def _process(holder: Holder) -> tuple[str, str, int, int]:
    return (holder.host, holder.boot, holder.pid, holder.started)
