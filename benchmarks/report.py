"""The outcome as a table for people and as JSON, drawn from the same values."""

from __future__ import annotations

import json as notation
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.cases import Case
from benchmarks.measure import Cost, middle

HEADINGS = ("", "otplan", "cpu", "peak", "beside it", "took", "peak", "ratio", "limit", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case and what every run of both programs cost."""

    case: Case
    otplan: Sequence[Cost]
    other: Sequence[Cost]

    @property
    def kept(self) -> bool:
        """Tell whether the medians keep the budget."""
        return self.case.budget.kept(middle(self.otplan), middle(self.other))


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a table in Markdown: medians in seconds and MB, and their ratio."""
    rows = [HEADINGS, *map(_row, outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [" | ".join(map(_padded, row, widths)) for row in rows]
    rule = " | ".join("-" * (width - 1) + ":" for width in widths)
    return "".join(f"| {line} |\n" for line in (lines[0], rule, *lines[1:]))


def json(outcomes: Iterable[Outcome], at: str) -> str:
    """Return a document with every run, and with the machine they ran on."""
    cases = [
        {
            "name": outcome.case.name,
            "beside": outcome.case.beside,
            "budget": asdict(outcome.case.budget),
            "kept": outcome.kept,
            "otplan": list(map(asdict, outcome.otplan)),
            "other": list(map(asdict, outcome.other)),
        }
        for outcome in outcomes
    ]
    document = {"benchmarks": 1, "at": at, "machine": machine(), "cases": cases}
    return notation.dumps(document, indent=1) + "\n"


def machine() -> Mapping[str, object]:
    """Return what decides the numbers, without naming the machine."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _row(outcome: Outcome) -> tuple[str, ...]:
    ours, other = middle(outcome.otplan), middle(outcome.other)
    limit = outcome.case.budget.limit(other)
    return (
        outcome.case.name,
        f"{ours.wall:.2f} s",
        f"{ours.cpu:.2f} s",
        f"{ours.peak:.0f} MB",
        outcome.case.beside,
        f"{other.wall:.2f} s",
        f"{other.peak:.0f} MB",
        f"{ours.wall / other.wall:.2f}",
        "" if limit is None else f"{limit:.2f}",
        "ok" if outcome.kept else "over",
    )


def _padded(cell: str, width: int) -> str:
    return cell.rjust(width)
