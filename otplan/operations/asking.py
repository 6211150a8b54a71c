"""Where the stages of a graph stand, and what was made of them. Nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from otplan.core.catalog import CatalogRow
from otplan.core.graph import Graph
from otplan.core.plan import Action, Change, Plan
from otplan.core.record import FactKind
from otplan.core.snapshot import Seen, Snapshot
from otplan.core.stage import Stage
from otplan.core.told import Results, StatusRow
from otplan.operations.ground import Ground
from otplan.operations.planning import Planned
from otplan.planner.rows import products, wanted_rows

WORDS = {"void": "cancelled", "called_off": "cancelled", "unsent": "absent"}
"""A state in plain words, where its own is not."""


Jobs = Mapping[tuple[str, int], str]
"""The job that each attempt became, by fingerprint and number."""

PLAIN = ("done", "new")
"""Reasons that say no more than the state does."""


def status(graph: Graph, planned: Planned, chosen: Collection[str]) -> list[StatusRow]:
    """Return a row for every address of the chosen fingerprints, in the order of the graph."""
    main, snapshot = main_changes(planned.plan), planned.snapshot
    facts = (fact for fact in snapshot.recorded.facts if fact.kind is FactKind.SUBMITTED)
    jobs = {(fact.fingerprint, fact.n): str(fact.values["job"]) for fact in facts}
    return [
        _row(str(address), stage.role, main[stage.fingerprint], newest(stage, snapshot), jobs)
        for stage in graph.stages
        if stage.fingerprint in chosen
        for address in stage.addresses
    ]


def main_changes(plan: Plan) -> dict[str, Change]:
    """Return the change about each stage itself, by fingerprint."""
    found: dict[str, Change] = {}
    for change in plan.changes:
        if change.action is not Action.CATALOG:
            found.setdefault(change.fingerprint, change)
    return found


def states(graph: Graph, planned: Planned) -> dict[str, str]:
    """Return the state of every stage in one word, by label, for `state:` selectors."""
    main = main_changes(planned.plan)
    return {stage.label: word(main[stage.fingerprint]) for stage in graph.stages}


def word(change: Change) -> str:
    """Return the state of a stage in one word."""
    if change.reasons[0].code == "stuck":
        return "stuck"
    if change.action is Action.BLOCKED and change.state not in ("running", "queued"):
        return "failed" if change.reasons[0].code == "failed" else "blocked"
    if change.action is Action.KEEP and change.reasons[0].code == "lost":
        return "lost"
    if change.state:
        return WORDS.get(change.state, change.state)
    return {Action.KEEP: "done", Action.ADOPT: "found", Action.REST: "waiting"}.get(
        change.action, "absent"
    )


def _row(address: str, role: str, change: Change, seen: Seen | None, jobs: Jobs) -> StatusRow:
    """Return where one stage stands."""
    reason = change.reasons[0]
    row = StatusRow(
        address=address,
        role=role,
        state=word(change),
        detail="" if reason.code in PLAIN else reason.text,
    )
    if seen is None:
        return row
    n = seen.attempt.n
    return replace(row, attempt=n, since=seen.at, job=jobs.get((seen.attempt.fingerprint, n), ""))


def newest(stage: Stage, snapshot: Snapshot) -> Seen | None:
    """Return the newest attempt at any element of a stage."""
    seen = [s for e in stage.cells for s in snapshot.cell(stage.fingerprint, e).seen]
    return max(seen, key=lambda one: one.attempt.n, default=None)


def results(ground: Ground, graph: Graph, snapshot: Snapshot) -> Results:
    """Return what the workspace made: the catalog's rows, and those that a sync would write."""
    written = ground.catalog.tables(snapshot.recorded.id) if snapshot.recorded.id else {}
    rows = {row.key: row for table in written.values() for row in table}
    rows |= wanted_rows(graph, snapshot)
    tables: dict[str, list[CatalogRow]] = {}
    for key in sorted(rows):
        tables.setdefault(key.table, []).append(rows[key])
    return Results(tables, _remarks(rows.values(), graph))


def _remarks(rows: Iterable[CatalogRow], graph: Graph) -> dict[str, str]:
    """Return, by address, why a row is not what the manifest declares now."""
    declared = {str(address): stage.fingerprint for address, stage in products(graph).items()}
    remarks = {}
    for row in rows:
        if row.address not in declared:
            remarks[row.address] = "not declared any more"
        elif declared[row.address] != row.fingerprint:
            remarks[row.address] = "declared differently now"
    return remarks
