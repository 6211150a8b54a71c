"""What is in the project's tables now: one query for each table, and page of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from otplan.catalogs import supabase_rows as rows
from otplan.catalogs.supabase_rows import Ids
from otplan.catalogs.supabase_tables import TABLES
from otplan.core.catalog import TRIAL_ROWS, CatalogKey, CatalogRow, of_eval, parts
from otplan.core.query import Query
from otplan.errors import Refused
from otplan.shell.postgrest import Service

if TYPE_CHECKING:
    from supabase import Client

Row = Mapping[str, Any]
Narrow = Callable[[Any], Any]

PAGE = 1000
"""Rows of one answer: hosted projects give no more, and do not say that they cut."""

COMPLETED = "completed"

_UNFIT = re.compile(r"[\[\],=\x00-\x1f]")
"""Characters that the label of a matrix cannot have."""

_COUNTED = {TABLES["evals"].name: f"*,{TRIAL_ROWS}:sandbox_trials(count)"}
"""What is asked of a table besides its own columns: of an eval, how many trials have rows."""

_LINE = 4000
"""Characters of names in one query: they are part of its URL."""


@dataclass(frozen=True, slots=True)
class There:
    """What was found: the id of each name that was asked for, and each key's row with its id."""

    ids: Ids = field(default_factory=Ids)
    found: dict[CatalogKey, tuple[str, CatalogRow]] = field(default_factory=dict)


def look(service: Service, keys: Iterable[CatalogKey]) -> There:
    """Find the rows of these keys, and the ids of all that they name."""
    there = There()
    wanted = list(dict.fromkeys(keys))
    evals = {key: parts(key.name) for key in wanted if key.table == "evals"}
    names: dict[str, list[str]] = {"datasets": [], "models": [], "agents": [], "benchmarks": []}
    for key in wanted:
        if key.table in names:
            names[key.table].append(key.name)
    for agent, model, benchmark in evals.values():
        names["agents"].append(agent)
        names["models"].append(model)
        names["benchmarks"].append(benchmark)
    best: dict[CatalogKey, Row] = {}
    for table, some in names.items():
        best |= _named(service, there.ids, table, list(dict.fromkeys(filter(None, some))))
    best |= _evals(service, there.ids, evals)
    for key, row in best.items():
        # Only now every id is known that a row may hold.
        there.found[key] = row["id"], rows.row(key, row, TABLES[key.table], there.ids)
    return there


def owned(service: Service, workspace: str) -> Iterator[CatalogRow]:
    """Yield every row that a workspace made, by table; what it names is taken at its word."""
    for name, table in TABLES.items():
        path = f"{table.parameters}->{rows.OWNER}->>workspace"
        for row in pages(service, table.name, path, [workspace]):
            found = rows.row(CatalogKey(name, ""), row, table, Ids())
            yield _keyed(found, row)


def listed(service: Service, query: Query) -> list[str]:
    """Return the names of the finished rows of a table that others can read, too."""
    table = TABLES[query.table]

    def narrow(asked: Any) -> Any:  # noqa: ANN401 - a builder of the client
        asked = asked.eq(table.columns["status"], COMPLETED).gte(
            table.made, query.since or "-infinity"
        )
        if query.created_by:
            asked = asked.eq("created_by", query.created_by)
        return asked.order("id")

    return [
        row["name"]
        for row in _all(service, table.name, narrow)
        if not row.get("duplicate_of")
        and not str(row[table.columns["location"]]).startswith("/")
        and not _UNFIT.search(row["name"])
    ]


def _keyed(found: CatalogRow, there: Row) -> CatalogRow:
    """Return a row with the name that it has there."""
    if found.key.table != "evals":
        return replace(found, key=CatalogKey(found.key.table, there["name"]))
    named = (str(found.values.get(part, "")) for part in ("agent", "model", "benchmark"))
    return replace(found, key=CatalogKey("evals", of_eval(*named)))


def _named(service: Service, ids: Ids, table: str, names: Sequence[str]) -> dict[CatalogKey, Row]:
    """Find the rows of a table by their names; of several, the one that otplan made counts."""
    ids.known.update(dict.fromkeys(((table, name) for name in names), None))
    best: dict[CatalogKey, Row] = {}
    for row in pages(service, table, "name", names):
        _keep(best, CatalogKey(table, row["name"]), row)
    ids.known.update({(table, key.name): row["id"] for key, row in best.items()})
    return best if table in TABLES else {}


def _evals(
    service: Service, ids: Ids, evals: Mapping[CatalogKey, tuple[str, str, str]]
) -> dict[CatalogKey, Row]:
    """Find evals by the ids of their model, agent and benchmark."""
    wanted = {
        (ids.of("agents", agent), ids.of("models", model), ids.of("benchmarks", benchmark)): key
        for key, (agent, model, benchmark) in evals.items()
    }
    models = list(dict.fromkeys(model for _, model, _ in wanted if model))
    best: dict[CatalogKey, Row] = {}
    for row in pages(service, TABLES["evals"].name, "model_id", models):
        key = wanted.get((row["agent_id"], row["model_id"], row["benchmark_id"]))
        if key:
            _keep(best, key, row)
    return best


def _keep(best: dict[CatalogKey, Row], key: CatalogKey, row: Row) -> None:
    """Keep a row where it counts for more than another one of its key."""
    if key not in best or _rank(row, key.table) > _rank(best[key], key.table):
        best[key] = row


def _rank(row: Row, table: str) -> tuple[bool, str]:
    """Say which of several rows of one name counts: otplan's own, then the newest."""
    if table not in TABLES:
        return True, str(row["id"])
    return rows.owned(row, TABLES[table]), str(row.get(TABLES[table].made) or "")


def pages(
    service: Service, table: str, column: str, values: Sequence[str], order: str = "id"
) -> Iterator[Row]:
    """Yield the rows whose column has one of these values, in the order of a unique one."""
    for some in _lines(values):
        yield from _all(service, table, partial(_among, column, some, order))


def _among(column: str, values: Sequence[str], order: str, asked: Any) -> Any:  # noqa: ANN401 - a builder
    return asked.in_(column, values).order(order)


def _all(service: Service, table: str, narrow: Narrow) -> Iterator[Row]:
    """Yield the rows that are narrowed to, page by page, until all are there."""
    got, count = 0, 1
    while got < count:
        page, count = _page(service, table, narrow, got)
        yield from page
        got += len(page)


def _page(service: Service, table: str, narrow: Narrow, start: int) -> tuple[list[Row], int]:
    """Return the rows from one on, and how many there are in all.

    Raise Unreachable where an answer has nothing though it says that there is more. What an older
    database has no table for, or keeps from who asks, is not counted.
    """
    whole = _COUNTED.get(table, "*")

    def request(columns: str, client: Client) -> tuple[list[Row], int]:
        exact: Any = "exact"
        query = narrow(client.table(table).select(columns, count=exact))
        answer = query.range(start, start + PAGE - 1).execute()
        data, count = list(service.rows(answer.data)), answer.count
        if count is None or (start < count and not data):
            why = f"of {count} rows of {table} it gave {start}: something on the way cuts answers"
            raise service.unreachable(why)
        return data, count

    try:
        return service.ask(partial(request, whole))
    except Refused as refused:
        if whole == "*" or refused.kind not in ("lacks", "denied", "invalid"):
            raise
    return service.ask(partial(request, "*"))


def _lines(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut values into as many as one URL takes."""
    some: list[str] = []
    room = _LINE
    for value in values:
        if some and len(value.encode()) > room:
            yield some
            some, room = [], _LINE
        some.append(value)
        room -= len(value.encode()) + 3
    if some:
        yield some
