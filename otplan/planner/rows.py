"""Catalog rows that should be there, and the changes where they are missing or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from otplan.core.address import Address
from otplan.core.catalog import DEMANDED, CatalogKey, CatalogRow, Facts
from otplan.core.evidence import Evidence
from otplan.core.graph import Graph
from otplan.core.hub import repo_of
from otplan.core.plan import Action, Change, FieldChange, Reason
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.values import canonical
from otplan.kinds import KINDS
from otplan.planner import shared_rows
from otplan.planner.runs import noted_run


def products(graph: Graph) -> dict[Address, Stage]:
    """Return, for each resource, the last stage that makes content."""
    return {
        address: stage for stage in graph.stages if stage.content for address in stage.addresses
    }


def asked_keys(graph: Graph, snapshot: Snapshot) -> list[CatalogKey]:
    """Return the keys of the rows that a plan must know, and of what they name.

    In a catalog that others write to as well these are also of what is not made yet.
    """
    rows = product_rows(graph, snapshot)
    if not graph.resolved.catalog.shared:
        return [row.key for row in rows]
    return list(dict.fromkeys(key for row in rows for key in shared_rows.concerned(row)))


def wanted_rows(graph: Graph, snapshot: Snapshot) -> dict[CatalogKey, CatalogRow]:
    """Return the row of every product that is done, or that the catalog follows until it is."""
    drafts = {row.key: row for row in product_rows(graph, snapshot)}
    if not graph.resolved.catalog.shared:
        return drafts
    stages = {stage.fingerprint: stage for stage in graph.stages}
    rows = (
        shared_rows.followed(row, stages[row.fingerprint], snapshot)
        for row in drafts.values()
        if not _lacks(row, drafts, snapshot)
    )
    return {row.key: row for row in rows if row is not None}


def row_changes(graph: Graph, snapshot: Snapshot) -> list[Change]:
    """Return a `>` for every row that is missing or says something else, a `!` for one of others.

    What was adopted is others' own, and so may be its row.
    """
    if snapshot.offline:
        return []
    found = []
    stages = {stage.fingerprint: stage for stage in graph.stages}
    for key, row in wanted_rows(graph, snapshot).items():
        there, stage = snapshot.rows.get(key), stages[row.fingerprint]
        if there is not None and not row.ours(there):
            if not _adopted(stage, snapshot):
                found.append(_taken(stage, row, there))
        elif there is None or row.differing(there):
            found.append(_change(stage, row, there))
    return found


def row_notes(graph: Graph, snapshot: Snapshot) -> list[str]:
    """Tell which rows cannot be written, since something that the tables demand is not known."""
    if snapshot.offline or not graph.resolved.catalog.shared:
        return []
    drafts = {row.key: row for row in product_rows(graph, snapshot)}
    return [
        f"the catalog gets no row of {row.address}: {lacks}"
        for row in drafts.values()
        if row.values.get("status") and (lacks := _lacks(row, drafts, snapshot))
    ]


def _lacks(row: CatalogRow, drafts: Mapping[CatalogKey, CatalogRow], snapshot: Snapshot) -> str:
    """Return what is missing for a row in a shared catalog; empty where nothing is."""
    rows = {key for key, there in snapshot.rows.items() if there is not None}
    made = {
        key
        for key, one in drafts.items()
        if one.values.get("status") == shared_rows.COMPLETED and not shared_rows.lacking(one, ())
    }
    return shared_rows.lacking(row, rows | made)


def product_rows(graph: Graph, snapshot: Snapshot) -> list[CatalogRow]:
    """Return a row of each product as its kind describes it, complete or not.

    In a shared catalog also of what is not done: its `status` says so, or is absent.
    """
    settings = graph.resolved.catalog
    names = {
        stage.fingerprint: shared_rows.name(graph, stage.addresses[0]) for stage in graph.stages
    }
    published = {one: stage for stage in graph.stages if stage.target for one in stage.addresses}
    rows = []
    for address, stage in products(graph).items():
        resource = graph.resources.get(address)
        done = _evidence(stage, snapshot)
        if resource is None or stage.given or (done is None and not settings.shared):
            continue
        facts = replace(
            _facts(stage, done, snapshot, names),
            name=names[stage.fingerprint],
            revision=_revision(published.get(address), snapshot),
        )
        row = KINDS[address.kind].catalog(resource, facts)
        if row is None or (settings.shared and row.key.table not in DEMANDED):
            continue
        row = _owned(row, address, stage, graph, snapshot)
        rows.append(shared_rows.complete(row, stage, graph, snapshot) if settings.shared else row)
    return rows


def _owned(
    row: CatalogRow, address: Address, stage: Stage, graph: Graph, snapshot: Snapshot
) -> CatalogRow:
    workspace = graph.resolved.workspace
    return replace(
        row,
        workspace=workspace.id or snapshot.recorded.id,
        address=str(address),
        fingerprint=stage.fingerprint,
        manifest=workspace.manifest,
    )


def _evidence(stage: Stage, snapshot: Snapshot) -> Sequence[Evidence] | None:
    """Return the evidence of every element of a product that is done, else None."""
    cells = [snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    done = [cell.done for cell in cells if cell.done is not None]
    return done if len(done) == len(cells) else None


def _facts(
    stage: Stage,
    done: Sequence[Evidence] | None,
    snapshot: Snapshot,
    names: Mapping[str, str],
) -> Facts:
    """Return what is known of a product."""
    started, ended = shared_rows.span(stage, snapshot)
    return Facts(
        fingerprint=stage.fingerprint,
        output=done[0].output if done else "",
        metrics={name: value for one in done or () for name, value in one.metrics.items()},
        started=started,
        ended=ended if done else 0,
        inputs=_inputs(stage, names),
        wandb=noted_run(stage, snapshot).get("url", ""),
    )


def _revision(publishing: Stage | None, snapshot: Snapshot) -> str | None:
    """Return the commit that a stage published (see Facts)."""
    if publishing is None:
        return ""
    cell = snapshot.cell(publishing.fingerprint, 0)
    there = cell.done or cell.found
    repo = repo_of(there.output) if there else None
    if repo is None:
        return "" if cell.unknown else None
    return repo.revision


def _inputs(stage: Stage, named: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the names behind each input."""
    inputs: dict[str, tuple[str, ...]] = {}
    for need in stage.needs:
        if need.input:
            inputs[need.input] = (*inputs.get(need.input, ()), named[need.fingerprint])
    return inputs


def _adopted(stage: Stage, snapshot: Snapshot) -> bool:
    cells = (snapshot.cell(stage.fingerprint, element) for element in stage.cells)
    return any(cell.done is not None and cell.done.attempt == 0 for cell in cells)


def _change(stage: Stage, row: CatalogRow, there: CatalogRow | None) -> Change:
    """Return the change that writes a row, with the columns that differ."""
    old = there.values if there else {}
    fields = tuple(
        FieldChange(
            name, canonical(old.get(name)) if name in old else "", canonical(row.values.get(name))
        )
        for name in (row.differing(there) if there else ())
    )
    what = "says something else" if there else "is missing"
    return _about(
        stage,
        row,
        Action.CATALOG,
        Reason("row", f"its row in {row.key.table} {what}", fields=fields),
    )


def _taken(stage: Stage, row: CatalogRow, there: CatalogRow) -> Change:
    """Return that somebody else's row stands where this one would: theirs is never written."""
    text = f"its row in {row.key.table} was written by {there.writer}, and stays as it is"
    mend = "Give the resource another name, or the manifest a catalog of its own."
    return _about(stage, row, Action.BLOCKED, Reason("row_taken", text, help=mend))


def _about(stage: Stage, row: CatalogRow, action: Action, reason: Reason) -> Change:
    return Change(
        action, stage.label, (row.address,), stage.fingerprint, "", (reason,), stage.cluster
    )
