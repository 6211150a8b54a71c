"""Where the stages of a graph stand, and what was made of them. Nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from otplan.core.catalog import CatalogRow
from otplan.core.graph import Graph
from otplan.core.plan import Action, Change, Plan, Reason
from otplan.core.snapshot import Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.core.told import Results, StatusRow
from otplan.operations.ground import Ground
from otplan.operations.planning import Planned
from otplan.operations.spans import Noted, ends, noted_of, span
from otplan.planner.rows import products, wanted_rows
from otplan.planner.shared_rows import DONE
from otplan.planner.waits import in_words

WORDS = {"void": "cancelled", "called_off": "cancelled", "unsent": "absent"}
"""A state in plain words, where its own is not."""


PLAIN = ("done", "new")
"""Reasons that say no more than the state does."""


def status(graph: Graph, planned: Planned, chosen: Collection[str]) -> list[StatusRow]:
    """Return a row for every address of the chosen fingerprints, in the order of the graph."""
    main, snapshot = main_changes(planned.plan), planned.snapshot
    noted = ends(snapshot)
    return [
        replace(row, address=str(address))
        for stage in graph.stages
        if stage.fingerprint in chosen
        for row in (_row(stage, main[stage.fingerprint], snapshot, noted),)
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


def _row(stage: Stage, change: Change, snapshot: Snapshot, noted: Noted) -> StatusRow:
    """Return where one stage stands, under its first address."""
    reason, seen = change.reasons[0], newest(stage, snapshot)
    row = StatusRow(
        address=str(stage.addresses[0]),
        role=stage.role,
        state=word(change),
        detail=_detail(reason, seen),
    )
    if seen is None:
        return row
    end = noted_of(seen, noted)
    ran = span(seen, end, snapshot.at)
    return replace(
        row,
        attempt=seen.attempt.n,
        since=seen.at,
        job=str(end.get("job", "")),
        seconds=ran.seconds,
        limit=ran.limit,
        expected=ran.expected,
    )


def _detail(reason: Reason, seen: Seen | None) -> str:
    """Return what the state, the job and the attempt do not say already."""
    if reason.code == "live" and seen is not None and seen.job is not None:
        return in_words(seen.job.reason).removeprefix(", ")
    return "" if reason.code in PLAIN else reason.text


def newest(stage: Stage, snapshot: Snapshot) -> Seen | None:
    """Return the newest attempt at any element of a stage; of several, one that runs."""
    seen = [s for e in stage.cells for s in snapshot.cell(stage.fingerprint, e).seen]
    running = Standing.RUNNING
    return max(seen, key=lambda one: (one.attempt.n, one.standing is running), default=None)


def results(ground: Ground, graph: Graph, snapshot: Snapshot) -> Results:
    """Return what the workspace made: the catalog's rows, and those that a sync would write."""
    written = ground.catalog.tables(snapshot.recorded.id) if snapshot.recorded.id else {}
    rows = {row.key: row for table in written.values() for row in table}
    rows |= wanted_rows(graph, snapshot)
    tables: dict[str, list[CatalogRow]] = {}
    for key in sorted(
        key for key, row in rows.items() if row.values.get("status", DONE[0]) in DONE
    ):
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
