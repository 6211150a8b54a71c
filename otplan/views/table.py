"""Rows under headers, aligned, as wide as the terminal at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from otplan.views.lines import columns, fit, flat, pad, wrap
from otplan.views.style import Style, Tone

_GAP = "  "
_NARROWEST, _LAST = 4, 8
"""Columns that a cell keeps at least, and that the last one keeps while others are wider."""

_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?%?( (±|\+-) [\d.]+)?", re.IGNORECASE)

PLAIN: Mapping[str, Tone] = {}
"""No cell is coloured."""


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    style: Style,
    tones: Mapping[str, Tone] = PLAIN,
) -> str:
    """Return an aligned table: columns of numbers to the right, long cells cut to the width.

    Every row has as many cells as there are headers. `tones` colours cells by their whole text.
    """
    cells = [[flat(cell) for cell in row] for row in (headers, *rows)]
    down = list(zip(*cells, strict=True))
    widths = _widths([max(map(columns, column)) for column in down], style.width)
    right = [_numeric(column[1:]) for column in down]
    head, *body = (
        [
            _cell(cell, width, style, right=side, tone=tones.get(cell))
            for cell, width, side in zip(row, widths, right, strict=True)
        ]
        for row in cells
    )
    lines = [style.paint(_GAP.join(head).rstrip(), Tone.BOLD), *map(_GAP.join, body)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def folded(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    style: Style,
    tones: Mapping[str, Tone] = PLAIN,
) -> str:
    """Return a table; where it is too wide, the last cell of a row stands below it, folded.

    Where even the rest is too wide, the rows are told one below the other.
    """
    if width(headers, rows) <= style.width:
        return table(headers, rows, style, tones)
    bare = [row[:-1] for row in rows]
    if width(headers[:-1], bare) > style.width:
        return records(headers, rows, style)
    head, *lines = table(headers[:-1], bare, style, tones).splitlines()
    below = (wrap(flat(row[-1]), "    ", style) for row in rows)
    told = (line for pair in zip(lines, below, strict=True) for line in (pair[0], *pair[1]))
    return "\n".join([head, *told]) + "\n"


def width(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the columns that a table takes with nothing cut."""
    down = zip(*(map(flat, row) for row in (headers, *rows)), strict=True)
    return sum(max(map(columns, column)) + len(_GAP) for column in down) - len(_GAP)


def records(headers: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> str:
    """Return the rows one below the other: the first cell, then each other with its header.

    What does not fit beside its header stands below it, uncut: it is to be read or copied.
    """
    blocks = ([style.paint(flat(row[0]), Tone.BOLD), *_record(headers, row, style)] for row in rows)
    return "\n".join(line for block in blocks for line in block) + "\n"


def _record(headers: Sequence[str], row: Sequence[str], style: Style) -> Iterator[str]:
    widest = max(map(columns, headers[1:]), default=0)
    for header, cell in zip(headers[1:], map(flat, row[1:]), strict=True):
        line = f"  {pad(header, widest)}  {cell}"
        if cell and columns(line) <= style.width:
            yield line
        elif cell:
            yield f"  {header}"
            yield from wrap(cell, "    ", style)


def filled(
    headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    """Return the table without the columns that are empty in every row."""
    used = [place for place in range(len(headers)) if any(row[place] for row in rows)]
    return [headers[place] for place in used], [[row[place] for place in used] for row in rows]


def _widths(natural: Sequence[int], total: int) -> list[int]:
    """Return the widths of the columns: the last gives way first, then the widest."""
    widths = list(natural)
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - total
    if over > 0:
        last = max(min(widths[-1], _LAST), widths[-1] - over)
        over -= widths[-1] - last
        widths[-1] = last
    while over > 0 and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
        over -= 1
    return widths


def _numeric(cells: Sequence[str]) -> bool:
    there = [cell for cell in cells if cell]
    return bool(there) and all(_NUMBER.fullmatch(cell) for cell in there)


def _cell(cell: str, width: int, style: Style, *, right: bool, tone: Tone | None) -> str:
    """Return a cell as wide as its column; its words are coloured, not the spaces around them."""
    words = fit(cell, width, style)
    drawn = style.paint(words, tone) if tone else words
    return pad(words, width, right=right).replace(words, drawn, 1) if words else " " * width
