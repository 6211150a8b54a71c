"""What each cluster can do: a table of stages and ways to start them, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from otplan.lint.matrix import Cell, Verdict
from otplan.views import document
from otplan.views.style import Style, Tone
from otplan.views.table import table

_TONES: Mapping[str, Tone] = {"yes": Tone.GREEN, "no": Tone.RED, "?": Tone.YELLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    cluster: str
    kind: str
    stage: str
    way: str
    verdict: str
    why: str
    recommended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    cells: Sequence[_Row]


def text(cells: Sequence[Cell], style: Style) -> str:
    """Return a table for each cluster, and below it what its `no` and `?` mean."""
    parts = []
    for cluster, group in groupby(cells, key=lambda cell: cell.cluster):
        own = tuple(group)
        headers = ("STAGE", *(way.upper() for way in _ways(own)))
        rows = [(kind, *marks) for kind, marks in _rows(own, numbered=False)]
        why = [f"  {line}" for line in _reasons(own)]
        parts.append("\n".join([style.paint(cluster, Tone.BOLD), "", ""]))
        parts.append(table(headers, rows, style, _TONES))
        parts.append("".join(f"{line}\n" for line in ["", *why, ""] if why) or "\n")
    return "".join(parts)


def markdown(cells: Sequence[Cell]) -> str:
    """Return the same for a page, each `no` and `?` with the number of its reason."""
    parts = []
    for cluster, group in groupby(cells, key=lambda cell: cell.cluster):
        own = tuple(group)
        lines = [f"## {cluster}", "", f"| | {' | '.join(_ways(own))} |"]
        lines.append("|---" * (len(_ways(own)) + 1) + "|")
        lines += [f"| {kind} | {' | '.join(marks)} |" for kind, marks in _rows(own, numbered=True)]
        lines += ["", *(f"{n}. {why}" for n, why in enumerate(_reasons(own), 1))]
        parts.append("\n".join(lines).rstrip() + "\n")
    return "\n".join(parts)


def json(cells: Sequence[Cell]) -> str:
    """Return a document with every cell."""
    rows = [
        _Row(
            cluster=cell.cluster,
            kind=cell.kind,
            stage=cell.name,
            way=cell.way,
            verdict=cell.verdict.name.lower(),
            why=cell.why,
            recommended=cell.advised,
        )
        for cell in cells
        if cell.verdict is not Verdict.NEVER
    ]
    return document.encode(_Document(cells=rows))


def _ways(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.way for cell in cells))


def _reasons(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.why for cell in cells if cell.why))


def _rows(cells: Sequence[Cell], *, numbered: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each stage with what becomes of it; one in brackets is not recommended there."""
    reasons = {why: n for n, why in enumerate(_reasons(cells), 1)}
    for _, group in groupby(cells, key=lambda cell: cell.name):
        own = tuple(group)
        name = own[0].name if own[0].advised else f"({own[0].name})"
        notes = (f" [{reasons[one.why]}]" if numbered and one.why else "" for one in own)
        yield name, [f"{one.verdict.value}{note}" for one, note in zip(own, notes, strict=True)]
