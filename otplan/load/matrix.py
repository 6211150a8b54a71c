"""Matrices: the combinations a resource stands for, and how those of two resources join."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from otplan.load.node import BROKEN, Node
from otplan.load.report import Report

MOST: Final = 50_000
"""How many resources a manifest may make: five times what budgets are measured with."""

Row: TypeAlias = Mapping[str, Node]
"""One combination: label → value, told apart by their texts as written."""

Key: TypeAlias = tuple[tuple[str, str], ...]


class Joined(NamedTuple):
    """The rows of a join, and the keys on either side that found no partner."""

    rows: Sequence[Row]
    left: Sequence[Key]
    right: Sequence[Key]


def own(matrix: Node | None, report: Report) -> Sequence[Row]:
    """Return every combination of a resource's own matrix; one empty row where it has none."""
    if matrix is None or not isinstance(matrix.value, dict):
        return ({},)
    lists = {label: _values(label, node, report) for label, node in matrix.value.items()}
    count = math.prod(len(values) for values in lists.values())
    if count > MOST:
        message = f"This matrix makes {count:,} resources; a manifest may have {MOST:,}."
        report.error("OT309", matrix.spot, message, "Leave out values, or split the manifest.")
        return ({},)
    return [dict(zip(lists, row, strict=True)) for row in itertools.product(*lists.values())]


def join(left: Sequence[Row], right: Sequence[Row]) -> Joined:
    """Join two sets of rows: labels of both must be equal, the rest multiplies.

    All rows of a side have the same labels.
    """
    common = sorted(set(left[0]) & set(right[0])) if left and right else []
    partners: dict[Key, list[Row]] = {}
    for row in right:
        partners.setdefault(key(row, common), []).append(row)
    used = {key(row, common) for row in left}
    rows = [{**one, **row} for row in left for one in partners.get(key(row, common), ())]
    return Joined(
        rows,
        [
            known
            for known in dict.fromkeys(key(row, common) for row in left)
            if known not in partners
        ],
        [known for known in partners if known not in used],
    )


def size(left: Sequence[Row], right: Sequence[Row]) -> int:
    """Return how many rows a join makes at most, where no label is common."""
    common = set(left[0]) & set(right[0]) if left and right else set()
    return max(len(left), len(right)) if common else len(left) * len(right)


def key(row: Row, labels: Iterable[str]) -> Key:
    """Return a row's labels among these, with their values as written."""
    return tuple((label, row[label].text) for label in labels if label in row)


def _values(label: str, node: Node, report: Report) -> Sequence[Node]:
    if not isinstance(node.value, list):
        return ()
    values: dict[str, Node] = {}
    for item in node.value:
        # What was reported already still counts as a value, so that references to it resolve.
        scalar = item.value is BROKEN or not isinstance(item.value, (dict, list))
        if scalar and item.text in values:
            message = f"`{item.text}` is twice among the values of `{label}`."
            report.error("OT307", item.at, message, "Remove one of them.")
        elif scalar:
            values[item.text] = item
    return list(values.values())
