"""Catalog rows that should be there: of every product that is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.core.address import Address
from otplan.core.catalog import CatalogKey, CatalogRow, Facts
from otplan.core.graph import Graph
from otplan.core.plan import Action, Change, FieldChange, Reason
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.values import canonical
from otplan.kinds import KINDS


def products(graph: Graph) -> dict[Address, Stage]:
    """Return, for each resource, the last stage that makes content."""
    return {
        address: stage for stage in graph.stages if stage.content for address in stage.addresses
    }


def wanted_rows(graph: Graph, snapshot: Snapshot) -> dict[CatalogKey, CatalogRow]:
    """Return the row of every product that is done, as its kind describes it."""
    rows = {}
    named = {one.fingerprint: str(one.addresses[0]) for one in graph.stages}
    for address, stage in products(graph).items():
        facts = _facts(stage, snapshot, named)
        resource = graph.resources.get(address)
        row = KINDS[address.kind].catalog(resource, facts) if facts and resource else None
        if row is not None:
            owner = graph.resolved.workspace.id or snapshot.recorded.id
            rows[row.key] = replace(
                row, workspace=owner, address=str(address), fingerprint=stage.fingerprint
            )
    return rows


def row_changes(graph: Graph, snapshot: Snapshot) -> list[Change]:
    """Return a `>` for every row that is missing or says something else."""
    if snapshot.offline:
        return []
    found = []
    labels = {stage.fingerprint: stage for stage in graph.stages}
    for key, row in wanted_rows(graph, snapshot).items():
        there = snapshot.rows.get(key)
        if there is None or dict(there.values) != dict(row.values):
            found.append(_change(labels[row.fingerprint], row, there))
    return found


def _facts(stage: Stage, snapshot: Snapshot, named: Mapping[str, str]) -> Facts | None:
    """Return what is known of a product that is done, else None."""
    cells = [snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    done = [cell.done for cell in cells if cell.done is not None]
    if stage.given or len(done) < len(cells):
        return None
    return Facts(
        fingerprint=stage.fingerprint,
        output=done[0].output,
        metrics={name: value for one in done for name, value in one.metrics.items()},
        inputs=_inputs(stage, named),
    )


def _inputs(stage: Stage, named: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses behind each input."""
    inputs: dict[str, tuple[str, ...]] = {}
    for need in stage.needs:
        if need.input:
            inputs[need.input] = (*inputs.get(need.input, ()), named[need.fingerprint])
    return inputs


def _change(stage: Stage, row: CatalogRow, there: CatalogRow | None) -> Change:
    """Return the change that writes a row, with the columns that differ."""
    old = there.values if there else {}
    fields = tuple(
        FieldChange(
            name, canonical(old.get(name)) if name in old else "", canonical(row.values.get(name))
        )
        for name in sorted({*old, *row.values})
        if old.get(name) != row.values.get(name)
    )
    what = "says something else" if there else "is missing"
    reason = Reason("row", f"its row in {row.key.table} {what}", fields=fields if there else ())
    return Change(
        Action.CATALOG, stage.label, (row.address,), stage.fingerprint, "", (reason,), stage.cluster
    )
