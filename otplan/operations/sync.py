"""Note what a look taught: jobs found, how they ended, what they made, and the catalog's rows."""

from __future__ import annotations

from dataclasses import replace

from otplan.core.catalog import CatalogRow
from otplan.core.graph import Graph
from otplan.core.layout import run_folder
from otplan.core.report import Event, Outcome
from otplan.core.snapshot import Snapshot
from otplan.errors import Refused
from otplan.operations.ground import Ground
from otplan.planner.learned import learned
from otplan.planner.rows import wanted_rows


def sync(ground: Ground, graph: Graph, snapshot: Snapshot) -> tuple[int, list[Outcome]]:
    """Note what a look taught and write the catalog; return how many facts, and the rows."""
    return note_learned(ground, snapshot), write_rows(ground, graph, snapshot)


def note_learned(ground: Ground, snapshot: Snapshot) -> int:
    """Append the facts of a snapshot that the registry does not have; return how many.

    A live job of ours that no record knows gets the row it should have had: a registry that was
    put back from a copy knows nothing of what was submitted since.
    """
    _record_strays(ground, snapshot)
    facts = learned(snapshot)
    # Also without any: what was kept while the registry was away goes along.
    ground.registry.note(ground.workspace, facts)
    return len(facts)


def _record_strays(ground: Ground, snapshot: Snapshot) -> None:
    """Insert the attempts that the snapshot found by their jobs' names alone."""
    approval = snapshot.recorded.approval
    known = {(attempt.fingerprint, attempt.n) for attempt in snapshot.recorded.attempts}
    rows = [
        replace(
            attempt,
            folder=run_folder(ground.home(attempt.cluster), ground.workspace, attempt.fingerprint),
            approval=approval.number if approval else 0,
        )
        for attempts in snapshot.attempts.values()
        for attempt in attempts
        if (attempt.fingerprint, attempt.n) not in known
    ]
    if rows and approval:
        ground.registry.intend(ground.workspace, approval.number, rows)


def write_rows(ground: Ground, graph: Graph, snapshot: Snapshot) -> list[Outcome]:
    """Write the catalog rows that are missing or wrong; a row of others is left as it is."""
    wrong = [row for row in wanted_rows(graph, snapshot).values() if _wrong(row, snapshot)]
    if not wrong:
        return []
    try:
        ground.catalog.write(wrong)
    except Refused:
        return [_write(ground, row) for row in wrong]
    return [Outcome(_label(row), Event.WRITTEN) for row in wrong]


def _wrong(row: CatalogRow, snapshot: Snapshot) -> bool:
    """Tell whether a row is to be written: one of others is the plan's to tell, once."""
    there = snapshot.rows.get(row.key)
    if there is None:
        return True
    return there.workspace == row.workspace and bool(row.differing(there))


def _write(ground: Ground, row: CatalogRow) -> Outcome:
    """Write one row."""
    try:
        ground.catalog.write([row])
    except Refused as refused:
        return Outcome(_label(row), Event.REFUSED, why=refused.message, help=refused.help)
    return Outcome(_label(row), Event.WRITTEN)


def _label(row: CatalogRow) -> str:
    return f"{row.address} in {row.key.table}"
