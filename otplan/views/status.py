"""Where every stage stands, as a table and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otplan.core.told import StatusRow
from otplan.core.values import Time
from otplan.views import document
from otplan.views.lines import clean
from otplan.views.style import Style, Tone
from otplan.views.table import filled, folded, table, width
from otplan.views.words import ago, coming, spent, wall

TONES = {
    "done": Tone.GREEN,
    "running": Tone.CYAN,
    "queued": Tone.CYAN,
    "failed": Tone.RED,
    "lost": Tone.RED,
    "blocked": Tone.RED,
    "stuck": Tone.RED,
    "unknown": Tone.YELLOW,
}
"""The colour of a state's word; other states have none."""

_TROUBLES = [state for state, tone in TONES.items() if tone is Tone.RED]

_HEADERS = ("ADDRESS", "STAGE", "STATE", "TIME", "JOB", "ATTEMPT", "SINCE", "DETAIL")

_SPARED = ((), ("SINCE",), ("SINCE", "ATTEMPT"))
"""Columns that are left out before a table gives way to lists; `otplan why` tells them too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    stages: Sequence[StatusRow]


def text(rows: Sequence[StatusRow], style: Style, *, now: Time) -> str:
    """Return a row for each stage, how many are in which state, and where to ask why."""
    if not rows:
        return "Nothing is declared.\n"
    headers, cells = _fitting(*filled(_HEADERS, [_cells(row, now) for row in rows]), style.width)
    draw = folded if headers[-1] == _HEADERS[-1] else table
    sections = [draw(headers, cells, style, TONES), f"{summary(rows)}\n", *_advice(rows, style)]
    return "\n".join(sections)


def _fitting(
    headers: Sequence[str], cells: Sequence[Sequence[str]], room: int
) -> tuple[list[str], list[list[str]]]:
    """Return the table without what must be spared so that it fits; whole where nothing helps.

    The detail does not count: it may stand below its row.
    """
    for spared in _SPARED:
        kept = [place for place, header in enumerate(headers) if header not in spared]
        bare = [place for place in kept if headers[place] != _HEADERS[-1]]
        if width([headers[p] for p in bare], [[row[p] for p in bare] for row in cells]) <= room:
            return [headers[p] for p in kept], [[row[p] for p in kept] for row in cells]
    return [*headers], [[*row] for row in cells]


def _advice(rows: Sequence[StatusRow], style: Style) -> Iterator[str]:
    """Yield the command that explains the first trouble, if there is any."""
    trouble = next((row for row in rows if row.state in _TROUBLES), None)
    if trouble:
        command = f"otplan why '{clean(trouble.address)}'"
        yield f"  {style.paint(command, Tone.CYAN)}\n"


def looked(at: Time, pause: int) -> str:
    """Return when was looked, and when the next look is: in `pause` seconds, 0 for none."""
    then = f"the next look is at {wall(at + pause)}" if pause else "nothing is under way any more"
    return f"Looked at {wall(at)}; {then}.\n"


def summary(rows: Sequence[StatusRow]) -> str:
    """Return `9 done, 2 running.`, in the order in which the states first come."""
    states = Counter(row.state for row in rows)
    return f"{', '.join(f'{number:,} {state}' for state, number in states.items())}."


def json(rows: Sequence[StatusRow]) -> str:
    """Return a document with every row; times are seconds since the epoch."""
    return document.encode(_Document(stages=rows))


def _cells(row: StatusRow, now: Time) -> list[str]:
    return [
        row.address,
        row.role,
        row.state,
        _time(row, now),
        row.job,
        str(row.attempt or ""),
        ago(row.since, now) if row.since else "",
        row.detail,
    ]


def _time(row: StatusRow, now: Time) -> str:
    """Return how long it ran of what it may, or when it is expected to start."""
    return f"starts {coming(row.expected, now)}" if row.expected else spent(row.seconds, row.limit)
