"""What was made and how good it is: the rows of the catalog, in tables one can compare by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from otplan.core.catalog import TRIAL_ROWS, CatalogRow
from otplan.core.told import Results
from otplan.core.units import count
from otplan.core.values import Value, leaves
from otplan.views import document
from otplan.views.style import Style, Tone
from otplan.views.table import filled, records, table, width
from otplan.views.words import measured, short

_ASIDE = (
    *("description", "location", "revision", "started", "ended"),
    *(f"{TRIAL_ROWS}.{part}" for part in ("count", "digest")),
)
"""Columns that are no help in comparing; the document has them."""

_APART = "benchmark"
"""What is measured on one is not compared with what is measured on another."""

_ERROR = "_stderr"
"""What a metric's standard error is called after it (lm-evaluation-harness)."""

_SMALL = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    tables: Mapping[str, Sequence[CatalogRow]]
    remarks: Mapping[str, str]


def text(results: Results, style: Style) -> str:
    """Return a table for each kind of thing and each benchmark, with metrics as columns.

    Where one is wider than the terminal, its rows are told one below the other.
    """
    blocks = [
        _block(title, rows, results.remarks, style)
        for name, table_ in sorted(results.tables.items())
        for title, rows in _groups(name, table_).items()
    ]
    return "\n".join(blocks) or "Nothing was made yet.\n"


def json(results: Results) -> str:
    """Return a document with every row of every table, values as they are."""
    return document.encode(_Document(tables=results.tables, remarks=results.remarks))


def _groups(name: str, rows: Sequence[CatalogRow]) -> dict[str, list[CatalogRow]]:
    """Return rows that can be compared, under the title of their table."""
    found: dict[tuple[str, str], list[CatalogRow]] = {}
    for row in rows:
        kind = row.address.partition(".")[0]
        found.setdefault((kind, str(row.values.get(_APART, ""))), []).append(row)
    several = len({kind for kind, _ in found}) > 1
    return {
        ", ".join(filter(None, (name, kind if several else "", apart))): group
        for (kind, apart), group in found.items()
    }


def _block(title: str, rows: Sequence[CatalogRow], remarks: Mapping[str, str], style: Style) -> str:
    flattened = [dict(_cells(row.values, style)) for row in rows]
    paths = list(dict.fromkeys(path for cells in flattened for path in cells))
    cells = [
        [row.key.name, *(mine.get(path, "") for path in paths), remarks.get(row.address, "")]
        for row, mine in zip(rows, flattened, strict=True)
    ]
    headers, cells = filled(["name", *_titles(paths), "remark"], cells)
    draw = table if width(headers, cells) <= style.width else records
    return (
        f"{style.paint(title, Tone.BOLD)} ({count(len(rows), 'row')})\n\n"
        f"{draw(headers, cells, style)}"
    )


def _cells(values: Mapping[str, Value], style: Style) -> Iterator[tuple[str, str]]:
    """Yield the path and the words of what is worth a column."""
    there = dict(leaves(values))
    for path, value in there.items():
        last = path.rpartition(".")[2]
        again = path != last and there.get(last) == value
        error = path.endswith(_ERROR) and path.removesuffix(_ERROR) in there
        if path and path not in (*_ASIDE, _APART) and not again and not error:
            yield path, _cell(value, there.get(path + _ERROR), style)


def _titles(paths: Sequence[str]) -> list[str]:
    """Return the last step of each path where that tells it from the others, else all of it."""
    last = [path.rpartition(".")[2] for path in paths]
    return [
        short_ if last.count(short_) == 1 and short_ != "name" else path
        for path, short_ in zip(paths, last, strict=True)
    ]


def _cell(value: Value, error: Value, style: Style) -> str:
    if isinstance(value, (int, float)) and isinstance(error, float) and error > 0:
        return measured(value, error, style.plus_minus)
    if isinstance(value, list):
        return ", ".join(map(short, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float) and _SMALL <= abs(value) < 1 / _SMALL:
        return f"{value:#.4g}"
    return "" if value == {} else short(value)
