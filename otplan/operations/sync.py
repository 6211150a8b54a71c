"""Note what a look taught: jobs found, how they ended, what they made, and the catalog's rows."""

from __future__ import annotations

from dataclasses import replace

from otplan.catalogs.protocol import Trials
from otplan.core.catalog import TRIAL_ROWS, CatalogRow
from otplan.core.graph import Graph
from otplan.core.layout import run_folder
from otplan.core.report import Event, Outcome
from otplan.core.snapshot import Snapshot
from otplan.errors import OtplanError, Refused
from otplan.operations import trials
from otplan.operations.ground import Ground
from otplan.operations.runs import note_runs
from otplan.planner.learned import learned
from otplan.planner.rows import wanted_rows


def sync(ground: Ground, graph: Graph, snapshot: Snapshot) -> tuple[int, list[Outcome]]:
    """Note what a look taught and W&B says, and write the catalog.

    Return how many facts there are of it, and the rows.
    """
    noted = note_learned(ground, snapshot)
    snapshot, reported = note_runs(ground, graph, snapshot)
    return noted + reported, write_rows(ground, graph, snapshot)


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
    asked = trials.missing(wrong, snapshot) if graph.resolved.catalog.shared else []
    found, troubles = trials.read(ground, graph, snapshot, asked)
    rest = (row.without(TRIAL_ROWS) if row.key in troubles else row for row in wrong)
    rows = [row for row in rest if _wrong(row, snapshot)]
    try:
        ground.catalog.write(rows, found)
    except Refused:
        told = [_write(ground, row, found) for row in rows]
    else:
        told = [Outcome(_label(row), Event.WRITTEN) for row in rows]
    return [*told, *(_untold(row, troubles[row.key]) for row in wrong if row.key in troubles)]


def _untold(row: CatalogRow, why: OtplanError) -> Outcome:
    return Outcome(_label(row), Event.REFUSED, why=why.message, help=why.help)


def _wrong(row: CatalogRow, snapshot: Snapshot) -> bool:
    """Tell whether a row is to be written: one of others is the plan's to tell, once."""
    there = snapshot.rows.get(row.key)
    if there is None:
        return True
    return row.ours(there) and bool(row.differing(there))


def _write(ground: Ground, row: CatalogRow, found: Trials) -> Outcome:
    """Write one row."""
    try:
        ground.catalog.write([row], found)
    except Refused as refused:
        return _untold(row, refused)
    return Outcome(_label(row), Event.WRITTEN)


def _label(row: CatalogRow) -> str:
    return f"{row.address} in {row.key.table}"
