"""What happened in a workspace, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otplan.core.told import HistoryRow
from otplan.core.values import Time
from otplan.views import document
from otplan.views.style import Style
from otplan.views.table import filled, folded, table
from otplan.views.words import ago

_HEADERS = ("WHEN", "WHAT", "STAGE", "ATTEMPT", "JOB", "BY", "DETAIL")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    history: Sequence[HistoryRow]


def text(rows: Sequence[HistoryRow], style: Style, *, now: Time) -> str:
    """Return a row for each event, the newest first; of one moment, in the order given.

    Who did it is told where there are several.
    """
    if not rows:
        return "Nothing happened yet.\n"
    ordered = sorted(rows, key=lambda row: -row.at)
    several = len({row.user for row in rows if row.user}) > 1
    headers, cells = filled(_HEADERS, [_cells(row, now, by=several) for row in ordered])
    draw = folded if headers[-1] == _HEADERS[-1] else table
    return draw(headers, cells, style)


def json(rows: Sequence[HistoryRow]) -> str:
    """Return a document with every event in the order given; times in seconds since the epoch."""
    return document.encode(_Document(history=rows))


def _cells(row: HistoryRow, now: Time, *, by: bool) -> list[str]:
    attempt, user = str(row.attempt or ""), row.user if by else ""
    return [ago(row.at, now), row.what, row.label, attempt, row.job, user, row.detail]
