"""The queue's file: what was asked for and what became of it, in sqlite."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from hashlib import sha256
from pathlib import Path

from otplan.errors import OtplanError, Refused, Unclear
from otplan.schedulers.local.entries import Ask, Entry, Machine, View

VERSION = 1
_PATIENCE = 30.0
_STRANGE = ("SLURM_", "SBATCH_", "SQUEUE_", "SACCT_", "SCANCEL_", "SUPABASE_", "OTPLAN_")
_LIVE = "elements.state IN ('PENDING', 'RUNNING')"
_SCHEMA = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- ids rise and are never given twice
    name TEXT, script TEXT, folder TEXT, log TEXT, comment TEXT, user TEXT,
    cpus INTEGER, gpus INTEGER, time INTEGER, at_once INTEGER, nice INTEGER, held INTEGER,
    submitted INTEGER, environment TEXT
);
CREATE TABLE elements (
    job INTEGER, element INTEGER, state TEXT, started INTEGER, ended INTEGER,
    exit_code INTEGER, signal INTEGER, host TEXT, boot TEXT, gpus TEXT, cancelled INTEGER,
    PRIMARY KEY (job, element)
) WITHOUT ROWID;
CREATE TABLE edges (job INTEGER, parent INTEGER, element INTEGER);
CREATE INDEX edges_by_job ON edges (job);
CREATE TABLE environments (digest TEXT PRIMARY KEY, pairs TEXT);
CREATE TABLE machine (cpus INTEGER, gpus INTEGER);
"""
_ASK = ", ".join(f"jobs.{f.name}" for f in fields(Ask))
_ENTRY = ", ".join(f"elements.{f.name}" for f in fields(Entry) if f.name != "ask")
_READ = f"""
SELECT {_ASK}, {_ENTRY} FROM elements JOIN jobs ON jobs.id = elements.job
WHERE {_LIVE} OR jobs.id IN (SELECT value FROM json_each(?))
    OR jobs.name IN (SELECT value FROM json_each(?))
    OR jobs.id IN (SELECT edges.parent FROM edges JOIN elements ON elements.job = edges.job
                   WHERE {_LIVE})
ORDER BY jobs.id, elements.element
"""  # noqa: S608 - the columns are those of the dataclasses


def place(folder: str) -> Path:
    """Return where the queue of a folder is."""
    return Path(folder) / "queue.db"


def make(folder: str) -> None:
    """Make the folder and an empty queue, readable by its owner alone, where there is none."""
    (Path(folder) / "jobs").mkdir(parents=True, exist_ok=True)
    place(folder).touch(mode=0o600)
    with opened(folder) as connection, writing(connection):
        if not _version(connection):
            # Not executescript: it commits before it begins, and two may be here at once.
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO machine VALUES (1, 0)")
            connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def opened(folder: str) -> Iterator[sqlite3.Connection]:
    """Open a queue that exists, and close it; raise sqlite3.Error where there is none."""
    uri = f"{place(folder).absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
    try:
        # An environment is kept no longer than needed, and then overwritten.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if _version(connection) > VERSION:
            raise sqlite3.NotSupportedError("it was written by a newer otplan")
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the queue alone: all that is written inside is written, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def read(
    connection: sqlite3.Connection, jobs: Iterable[int] = (), names: Iterable[str] = ()
) -> View:
    """Return every live entry, those of the jobs and names asked for, and all their parents."""
    if not _version(connection):
        return View()
    rows = connection.execute(_READ, (json.dumps([*jobs]), json.dumps([*names])))
    width = len(fields(Ask))
    entries = tuple(Entry(Ask(*row[:width]), *row[width:]) for row in rows)
    edges: dict[int, tuple[tuple[int, int], ...]] = {}
    for job, *parent in connection.execute(
        f"SELECT * FROM edges WHERE job IN (SELECT job FROM elements WHERE {_LIVE})"  # noqa: S608
    ):
        edges[job] = (*edges.get(job, ()), (parent[0], parent[1]))
    machine = Machine(*connection.execute("SELECT cpus, gpus FROM machine").fetchone())
    return View(entries, edges, machine)


def add(connection: sqlite3.Connection, ask: Ask, elements: Sequence[int]) -> int:
    """Insert a job, whose `id` is ignored, with its elements; return its id."""
    values = astuple(ask)[1:]
    marks = ", ".join("?" * len(values))
    cursor = connection.execute(f"INSERT INTO jobs VALUES (NULL, {marks})", values)  # noqa: S608
    job = cursor.lastrowid or 0
    for element in elements:
        _, *rest = _row(Entry(ask, element))
        connection.execute(
            f"INSERT INTO elements VALUES (?, {', '.join('?' * len(rest))})",  # noqa: S608
            (job, *rest),
        )
    return job


def tie(connection: sqlite3.Connection, job: int, parents: Iterable[tuple[int, int]]) -> None:
    """Let a job wait for these ids and elements, and for nothing else."""
    connection.execute("DELETE FROM edges WHERE job = ?", (job,))
    connection.executemany("INSERT INTO edges VALUES (?, ?, ?)", [(job, *p) for p in parents])


def alter(connection: sqlite3.Connection, job: int, column: str, value: int) -> None:
    """Set one of `time`, `nice` and `held` of a job."""
    connection.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, job))  # noqa: S608


def mark(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write where entries stand now."""
    for entry in entries:
        connection.execute(
            "REPLACE INTO elements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(entry)
        )


def share(connection: sqlite3.Connection, machine: Machine) -> None:
    """Say what the machine has, for the runner."""
    connection.execute("UPDATE machine SET cpus = ?, gpus = ?", (machine.cpus, machine.gpus))


def inherited() -> dict[str, str]:
    """Return the environment of a submission, without what is Slurm's, ours or the database's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}


def keep(connection: sqlite3.Connection, environment: Mapping[str, str]) -> str:
    """Keep an environment, once however many jobs have it; return its digest."""
    pairs = json.dumps(environment, sort_keys=True)
    digest = sha256(pairs.encode()).hexdigest()
    connection.execute("INSERT OR IGNORE INTO environments VALUES (?, ?)", (digest, pairs))
    return digest


def environment(connection: sqlite3.Connection, digest: str) -> dict[str, str]:
    """Return an environment by its digest."""
    row = connection.execute("SELECT pairs FROM environments WHERE digest = ?", (digest,))
    kept: dict[str, str] = json.loads(row.fetchone()[0])
    return kept


def forget(connection: sqlite3.Connection) -> None:
    """Delete the environments that no live job has: they may hold what nobody else may see."""
    live = f"SELECT environment FROM jobs JOIN elements ON jobs.id = elements.job WHERE {_LIVE}"  # noqa: S608
    connection.execute(f"DELETE FROM environments WHERE digest NOT IN ({live})")  # noqa: S608


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _row(entry: Entry) -> tuple[object, ...]:
    columns = (getattr(entry, f.name) for f in fields(Entry) if f.name != "ask")
    return (entry.ask.id, *columns)


def trouble(error: Exception, where: str) -> OtplanError:
    """Return what a write to the queue failed of: it was not made, or it may have been."""
    message = f"`{where}` cannot be written: {error}"
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR:
        return Unclear(message, "Whether it was written, the next plan sees.")
    return Refused("limit", message, "Free some space there, or wait for who holds it; then again.")
