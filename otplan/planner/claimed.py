"""What a shared catalog says of things that nobody here made: finished, or on their way."""

from __future__ import annotations

from dataclasses import replace

from otplan.core.catalog import CatalogRow
from otplan.core.evidence import Evidence, Finding
from otplan.core.graph import Graph
from otplan.core.snapshot import NOTHING_KNOWN, Snapshot
from otplan.planner.rows import product_rows
from otplan.planner.shared_rows import DONE, GOING


def claimed(graph: Graph, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which what the catalog has, and no record, is found or on its way.

    A row of otplan's that was made of something else says nothing of what is declared now.
    """
    if not graph.resolved.catalog.shared:
        return snapshot
    cells, elsewhere = dict(snapshot.cells), dict(snapshot.elsewhere)
    stages = {stage.fingerprint: stage for stage in graph.stages}
    for row in product_rows(graph, snapshot):
        there, stage = snapshot.rows.get(row.key), stages[row.fingerprint]
        if there is None or there.fingerprint not in ("", stage.fingerprint):
            continue
        if stage.elements or snapshot.cell(stage.fingerprint, 0) != NOTHING_KNOWN:
            continue
        if there.values.get("status") in DONE and there.values.get("rows", 1) != 0:
            cell = replace(NOTHING_KNOWN, found=_found(there))
            cells[stage.fingerprint, 0] = cell
        elif there.values.get("status") in GOING and not row.ours(there):
            elsewhere[stage.fingerprint] = _going(there)
    return replace(snapshot, cells=cells, elsewhere=elsewhere)


def _found(there: CatalogRow) -> Evidence:
    location = str(there.values.get("location") or "")
    where = f" ({location})" if location else ""
    return Evidence(
        Finding.VERIFIED,
        output=location,
        metrics=there.values.get("metrics") or {},
        why=f"the catalog says that it is {there.values['status'].lower()}{where}",
    )


def _going(there: CatalogRow) -> str:
    who = there.values.get("user") or there.writer
    job = f", as job {there.values['job']}" if there.values.get("job") else ""
    state = str(there.values["status"]).lower()
    return f"the catalog says that it is {state}, by {who}{job}"
