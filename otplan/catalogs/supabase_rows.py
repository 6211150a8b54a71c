"""A row of otplan as columns of a project's table, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from otplan.catalogs.supabase_tables import TIMES, Reference, Table
from otplan.core.catalog import TRIAL_ROWS, CatalogKey, CatalogRow
from otplan.core.values import Value

OWNER = "otplan"
"""The member of the parameters that says whose a row is."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of names, by table and name; None where it was asked for and is not there."""

    known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def of(self, table: str, name: str) -> str | None:
        """Return the id of a name, None where there is no such row."""
        return self.known.get((table, name))


def columns(row: CatalogRow, table: Table, ids: Ids) -> dict[str, Any]:
    """Return the columns of a row; what has none of its own is among the parameters."""
    values = {**row.once, **row.values}
    placed = {name: values.pop(name) for name in (*table.columns, "job") if name in values}
    owner = {
        "workspace": row.workspace,
        "address": row.address,
        "fingerprint": row.fingerprint,
        "manifest": row.manifest,
    }
    found = {table.columns[k]: _written(k, v) for k, v in placed.items() if k in table.columns}
    found |= {
        reference.column: _id(values[name], reference, ids)
        for name, reference in table.references.items()
        if name in values
    }
    mine = {"job": placed["job"]} if placed.get("job") else {}
    found[table.parameters] = {**values, OWNER: {**owner, **mine}}
    return found


def extras(row: CatalogRow, table: Table) -> dict[str, Any]:
    """Return the columns that a project's older table may lack."""
    found = {}
    for name, column in table.extra.items():
        value = row.values.get(name)
        found[column] = ",".join(value) if isinstance(value, list) else value or None
    return found


def row(key: CatalogKey, there: Mapping[str, Any], table: Table, ids: Ids) -> CatalogRow:
    """Return a row of a project's table as otplan would say it; null says nothing."""
    parameters = _mapping(there[table.parameters])
    owner = _mapping(parameters.pop(OWNER, None))
    values: dict[str, Value] = dict(parameters)
    for name, column in table.columns.items():
        if there.get(column) is not None:
            values[name] = _read(name, there[column])
    for name, reference in table.references.items():
        if name in values and not _holds(values[name], there[reference.column], reference, ids):
            values[name] = None
    if _fewer(values.get(TRIAL_ROWS), there.get(TRIAL_ROWS)):
        values[TRIAL_ROWS] = None
    if job := owner.get("job"):
        values["job"] = job
    return CatalogRow(
        key=key,
        values=values,
        workspace=owner.get("workspace", ""),
        address=owner.get("address", ""),
        fingerprint=owner.get("fingerprint", ""),
        manifest=owner.get("manifest", ""),
    )


def owned(there: Mapping[str, Any], table: Table) -> bool:
    """Tell whether any workspace of otplan made a row."""
    return bool(_mapping(_mapping(there[table.parameters]).get(OWNER)).get("workspace"))


def _fewer(said: Value, counted: Value) -> bool:
    """Tell whether there are fewer rows of trials than a row says, as far as they are counted."""
    if not (isinstance(said, Mapping) and counted):
        return False
    return bool(counted[0]["count"] < said.get("count", 0))


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _id(value: Value, reference: Reference, ids: Ids) -> str | None:
    """Return the id of the one row that a value names; several have none."""
    name = value[0] if isinstance(value, list) and len(value) == 1 else value
    return ids.of(reference.table, name) if isinstance(name, str) else None


def _holds(value: Value, there: str | None, reference: Reference, ids: Ids) -> bool:
    """Tell whether an id is that of what the parameters name, as far as that was looked up."""
    name = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(name, str) or (reference.table, name) not in ids.known:
        return True
    return ids.of(reference.table, name) == there


def _written(name: str, value: Value) -> Value:
    if name in TIMES:
        return datetime.fromtimestamp(value, UTC).isoformat() if value else None
    if name == "metrics":
        return [{"name": metric, "value": one} for metric, one in value.items()]
    return value


def _read(name: str, value: Value) -> Value:
    if name in TIMES:
        return int(datetime.fromisoformat(value).timestamp())
    if name == "metrics" and isinstance(value, list):
        return {one.get("name", ""): one.get("value") for one in value if isinstance(one, dict)}
    return value
