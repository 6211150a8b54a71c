"""Rows of a catalog that several projects and people share: what its tables demand besides."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from otplan import __version__
from otplan.core.address import Address
from otplan.core.catalog import DEMANDED, CatalogKey, CatalogRow, of_eval, told
from otplan.core.graph import Graph
from otplan.core.hub import Repo
from otplan.core.record import FactKind
from otplan.core.resource import Resource
from otplan.core.snapshot import Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.core.values import Value
from otplan.planner.runs import noted_run

COMPLETED = "completed"
FINISHED = "Finished"
DONE = (COMPLETED, FINISHED)
GOING = ("Pending", "Started")
"""What the tables of a project call the state of what they list (inventory, 7)."""

_WORDS = {"started": "when it began"}

_REFERENCES = {
    "models": {"agent": "agents", "base_model": "models", "datasets": "datasets"},
    "evals": {"agent": "agents", "model": "models"},
}
"""Columns that name rows of other tables."""


def name(graph: Graph, address: Address) -> str:
    """Return what a resource is called in the catalog.

    In a shared one that is the repo it is published as, or a name that no other workspace has.
    """
    resource = graph.resources.get(address)
    if not graph.resolved.catalog.shared or resource is None:
        return str(address)
    return str(resource.get("repo") or f"{graph.resolved.workspace.name}/{address}")


def complete(row: CatalogRow, stage: Stage, graph: Graph, snapshot: Snapshot) -> CatalogRow:
    """Return a row with all that a shared catalog asks for, as far as it is known.

    Without a `status` nothing happened yet.
    """
    resource = graph.resources[stage.addresses[0]]
    settings = graph.resolved.catalog.values
    table, last = row.key.table, _last(stage, snapshot)
    values = {
        **row.values,
        **{name: settings.get(name) for name in told(table)},
        "cluster": stage.cluster,
        "status": _status(stage, snapshot, table),
        "job": _job(last, snapshot) if last else "",
        "parameters": {path: json.loads(text) for path, text in stage.components.items()},
    }
    if table == "models":
        values["agent"] = _upstream_agent(resource, graph) or settings.get("agent")
        values.setdefault("wandb", row.values.get("metrics", {}).get("wandb_url"))
    if table == "evals":
        values |= _of_eval(row, resource, settings)
        values["user"] = settings.get("username") or (last.attempt.user if last else "")
    said = {name: value for name, value in values.items() if not _silent(name, value)}
    if row.values.get("revision", "") is None:
        # What an earlier one was published as says nothing of this one.
        said |= {"revision": None} | ({"traces": None} if table == "evals" else {})
    return replace(row, key=_key(row, said), values=said, once=_once(table, graph))


def _silent(name: str, value: Value) -> bool:
    """Tell whether a value says nothing; of a time that is 0."""
    return value in (None, "", {}, []) or (name in ("started", "ended") and value == 0)


def followed(row: CatalogRow, stage: Stage, snapshot: Snapshot) -> CatalogRow | None:
    """Return the row of a product that is done, or on its way; None where there is none to write.

    What our own row says to go on, and nothing here is or may be at, has failed.
    """
    if row.values.get("status"):
        return row
    there = snapshot.rows.get(row.key)
    ours = there is not None and row.ours(there) and there.fingerprint == row.fingerprint
    going = there is not None and there.values.get("status") in GOING
    if not (ours and going) or _unknown(stage, snapshot):
        return None
    return replace(row, values={**row.values, "status": "Failed"})


def _unknown(stage: Stage, snapshot: Snapshot) -> bool:
    """Tell whether something may be known of a stage that is not: not asked, or not adopted."""
    cells = [snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    standings = {seen.standing for cell in cells for seen in cell.seen}
    return Standing.UNKNOWN in standings or any(cell.unknown or cell.found for cell in cells)


def lacking(row: CatalogRow, models: Collection[CatalogKey]) -> str:
    """Return what is missing for a row; empty where nothing is.

    `models` are the keys that are there, or written along with it.
    """
    missing = [one for one in DEMANDED[row.key.table] if not row.values.get(one)]
    if missing:
        return f"{', '.join(_WORDS.get(one, f'`{one}`') for one in missing)} is not known"
    model = CatalogKey("models", str(row.values.get("model", "")))
    if row.key.table == "evals" and model not in models:
        return f"its model {model.name} has no row"
    if row.key.table == "datasets" and row.values.get("rows") == 0:
        again = f"otplan apply --resubmit {row.address}"
        return f"{row.key.name} has no rows; mend what makes it, then: {again}"
    return ""


def concerned(row: CatalogRow) -> Iterator[CatalogKey]:
    """Yield the key of a row, and those of the rows that it names."""
    yield row.key
    for column, table in _REFERENCES.get(row.key.table, {}).items():
        named = row.values.get(column)
        for one in named if isinstance(named, list) else [named]:
            if one:
                yield CatalogKey(table, str(one))


def span(stage: Stage, snapshot: Snapshot) -> tuple[int, int]:
    """Return when the last attempt at a stage began and ended; 0 where that is not known.

    Of a run that W&B knows it has the times: that goes on through all attempts.
    """
    if run := noted_run(stage, snapshot):
        return int(run["started"]), int(run["ended"])
    last = _last(stage, snapshot)
    if last is None:
        return 0, 0
    if last.job is not None:
        return last.job.started, last.job.ended
    noted = _noted(last, snapshot, FactKind.ENDED)
    return int(noted.get("started", 0)), int(noted.get("ended", 0))


def _last(stage: Stage, snapshot: Snapshot) -> Seen | None:
    """Return the attempt that made a stage, else the last one at it."""
    cells = [snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    made = {cell.done.attempt for cell in cells if cell.done is not None}
    seen = [one for cell in cells for one in cell.seen]
    mine = [one for one in seen if one.attempt.n in made] if made else seen
    return max(mine, key=lambda one: (one.attempt.n, one.at), default=None)


def _noted(seen: Seen, snapshot: Snapshot, kind: FactKind) -> Mapping[str, Value]:
    """Return the values of the last fact of a kind about an attempt."""
    key = (seen.attempt.fingerprint, seen.attempt.n, kind)
    mine = (f for f in reversed(snapshot.recorded.facts) if (f.fingerprint, f.n, f.kind) == key)
    return next((fact.values for fact in mine), {})


def _job(seen: Seen, snapshot: Snapshot) -> str:
    """Return the id of an attempt's job."""
    if seen.job is not None:
        return seen.job.ref.id
    kinds = (FactKind.ENDED, FactKind.SUBMITTED)
    return next((str(job) for k in kinds if (job := _noted(seen, snapshot, k).get("job"))), "")


def _status(stage: Stage, snapshot: Snapshot, table: str) -> str:
    """Return the state of a product in the words of its table; empty where it has no row yet."""
    cells = [snapshot.cell(stage.fingerprint, element) for element in stage.cells]
    if all(cell.done is not None for cell in cells):
        return FINISHED if table == "evals" else COMPLETED
    if table != "evals":
        return ""
    standings = {seen.standing for cell in cells for seen in cell.seen}
    for status, some in _STATUSES.items():
        if standings & some:
            return status
    return ""


_STATUSES = {
    "Started": {Standing.RUNNING},
    "Pending": {Standing.QUEUED, Standing.SUBMITTING},
    "": {Standing.UNKNOWN},
    "Failed": {Standing.ENDED, Standing.LOST},
}
"""The state of an eval by where its attempts stand; the first that fits counts."""


def _of_eval(row: CatalogRow, resource: Resource, settings: Mapping[str, str]) -> dict[str, Value]:
    metrics = row.values.get("metrics", {})
    return {
        "name": row.key.name,
        "agent": resource.get("agent") or settings.get("agent"),
        "benchmark": str(row.values["benchmark"]).rpartition("/")[2],
        "trials": metrics.get("n_trials", 0),
        "repetitions": resource.get("attempts_per_task", 1),
        "traces": _traces(row, resource),
    }


def _traces(row: CatalogRow, resource: Resource) -> Value:
    """Return the link to an eval's traces: to what it published, or what its program says."""
    if revision := row.values.get("revision"):
        return Repo("dataset", resource.get("repo"), revision).page
    return row.values.get("metrics", {}).get("traces_link")


def _key(row: CatalogRow, values: Mapping[str, Value]) -> CatalogKey:
    """Return the key of a row: of an eval it is who was measured with what on what."""
    if row.key.table != "evals":
        return row.key
    named = (str(values.get(part, "")) for part in ("agent", "model", "benchmark"))
    return CatalogKey("evals", of_eval(*named))


def _once(table: str, graph: Graph) -> dict[str, Value]:
    """Return what a row says of the time when it was made."""
    if table != "evals":
        return {}
    commit = graph.resolved.workspace.commit
    return {"commit": commit} if commit else {"version": f"otplan {__version__}"}


def _upstream_agent(resource: Resource, graph: Graph) -> str:
    """Return the agent of whose work a model learned, where a dataset says so."""
    targets = (target for one in resource.references for target in one.targets)
    read = (graph.resources[target] for target in targets if target in graph.resources)
    return next((str(agent) for one in read if (agent := one.get("trace.agent"))), "")
