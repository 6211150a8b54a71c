"""Combinations: every resource with the rows of its matrix, and of those it refers to."""

from __future__ import annotations

import contextlib
import graphlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from otplan.core.address import Address
from otplan.load import matrix
from otplan.load.check import Checker
from otplan.load.declared import Declared, present
from otplan.load.matrix import Key, Row
from otplan.load.node import Node, items
from otplan.load.references import Name, Names, Pick, check_labels
from otplan.load.report import Report
from otplan.load.shape import Shape
from otplan.load.substitute import Scope, substitute


class Use(NamedTuple):
    """A reference in a declared resource, and what it picks.

    That may depend on the resource's own labels: `picks` has them as keys, or only `()`.
    """

    path: str
    node: Node
    labels: tuple[str, ...]
    picks: Mapping[Key, Pick | None]

    def pick(self, row: Row) -> Pick | None:
        """Return what it picks in a row."""
        return self.picks.get(matrix.key(row, self.labels))


class Reach(NamedTuple):
    """What a pick reaches: the labels it carries along, each row once, and the targets by them."""

    labels: tuple[str, ...]
    rows: Sequence[Row]
    targets: Mapping[Key, Sequence[Address]]


@dataclass(frozen=True, slots=True)
class Expanded:
    """A declared resource with its rows, its address in each, and what its references reach."""

    declared: Declared
    rows: Sequence[tuple[Row, Address]]
    uses: Sequence[tuple[Use, Mapping[int, Reach]]]


def expand(declared: Sequence[Declared], var: Mapping[str, Node], report: Report) -> list[Expanded]:
    """Return every declared resource with its combinations, in file order."""
    names: dict[str, dict[str, Declared]] = {}
    for one in declared:
        names.setdefault(one.section.kind, {})[one.name] = one
    own = {one.key: _own(one, var) for one in declared}
    known = Names(names)
    uses = {one.key: list(_uses(one, own[one.key], known, var)) for one in declared}
    expander = _Expander({key: _addressed(key, rows) for key, rows in own.items()}, report)
    by_key = {one.key: one for one in declared}
    expanded = {key: expander.expand(by_key[key], uses[key]) for key in _order(uses)}
    return [expanded[one.key] for one in declared]


class _Expander:
    """Expand resources, upstream first; `rows` holds those of all, before that their own."""

    def __init__(self, rows: dict[Name, Sequence[tuple[Row, Address]]], report: Report) -> None:
        self._rows = rows
        self._left = matrix.MOST
        self._report = report

    def expand(self, one: Declared, uses: Sequence[Use]) -> Expanded:
        rows: Sequence[Row] = [row for row, _ in self._rows[one.key]]
        reached = []
        for use in uses:
            reaches: dict[int, Reach] = {}
            joined: list[Row] = []
            for pick, part in _groups(use, rows):
                reaches[id(pick)] = reach = self._reach(pick, use.node, one.report)
                joined += self._join(part, reach, use, one.report)
            rows = joined
            reached.append((use, reaches))
        rows = self._counted(one, _alike(one, rows))
        self._rows[one.key] = _addressed(one.key, rows)
        return Expanded(one, self._rows[one.key], reached)

    def _counted(self, one: Declared, rows: Sequence[Row]) -> Sequence[Row]:
        self._left -= len(rows)
        if self._left >= 0:
            return rows
        message = f"Up to here the manifest makes more than {matrix.MOST:,} resources."
        spot = one.node.key or one.node.at
        self._report.error("OT309", spot, message, "Leave out values, or split the manifest.")
        return rows[:1]

    def _reach(self, pick: Pick | None, node: Node, report: Report) -> Reach:
        known = self._rows[pick.name] if pick else ()
        if pick is None or not check_labels(pick, [row for row, _ in known], node, report):
            return Reach((), [{}], {})
        rows: dict[Key, Row] = {}
        targets: dict[Key, list[Address]] = {}
        for row, address in known:
            if pick.takes(row):
                carried = pick.carried(row)
                key = matrix.key(carried, sorted(carried))
                rows[key] = carried
                targets.setdefault(key, []).append(address)
        labels = tuple(label for label, _ in next(iter(rows), ()))
        return Reach(labels, list(rows.values()), targets)

    def _join(self, part: Sequence[Row], reach: Reach, use: Use, report: Report) -> Sequence[Row]:
        if not reach.labels:
            return part
        if matrix.size(part, reach.rows) > matrix.MOST:
            message = f"This reference makes more than {matrix.MOST:,} resources of one."
            report.error(
                "OT309", use.node.at, message, "Pick some of them, as in name[label=value]."
            )
            return part
        joined = matrix.join(part, reach.rows)
        _check_partners(joined, use.node, report)
        return joined.rows or part


def _alike(one: Declared, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows with the labels of the first; others come of references that differ."""
    alike = [row for row in rows if row.keys() == rows[0].keys()]
    if len(alike) < len(rows):
        message = "Its combinations do not have the same labels, as its references differ."
        mend = "Leave out labels with name[label=value] or name[*]."
        one.report.error("OT308", one.node.key or one.node.at, message, mend)
    return alike


def _check_partners(joined: matrix.Joined, node: Node, report: Report) -> None:
    for missing, whose, other in (
        (joined.left, "this resource has", f"`{node.text}` has not"),
        (joined.right, f"`{node.text}` has", "this resource has not"),
    ):
        if missing:
            shown = ", ".join(f"{k}={v}" for key in missing[:3] for k, v in key)
            more = " and others" if len(missing) > 3 else ""  # noqa: PLR2004 - as many are shown
            message = f"Labels must match: {whose} {shown}{more}, which {other}."
            mend = "Give both the same values, or pick one with name[label=value]."
            report.error("OT308", node.at, message, mend)


def _own(one: Declared, var: Mapping[str, Node]) -> Sequence[Row]:
    if one.matrix is None:
        return ({},)
    shape = one.section.shape.fields["matrix"]
    settled = substitute(one.matrix, Scope(var, {}, one.report), shape)
    if settled is not one.matrix:
        Checker(one.section.name, one.report).check(settled, shape, "matrix")
    return matrix.own(settled, one.report)


def _uses(
    one: Declared, rows: Sequence[Row], names: Names, var: Mapping[str, Node]
) -> Iterator[Use]:
    for path, node, shape in present(one.section.references, one.node):
        for _, item in items(path, node):
            fixed = "${" not in item.value
            labels = () if fixed or not rows else tuple(rows[0])
            differ = rows[:1] if fixed else rows
            scopes = {matrix.key(row, labels): Scope(var, row, one.report) for row in differ}
            yield Use(path, item, labels, _picks(item, shape, path, scopes, names))


def _picks(
    item: Node, shape: Shape, path: str, scopes: Mapping[Key, Scope], names: Names
) -> Mapping[Key, Pick | None]:
    """Return what a reference picks in each scope; equal texts share one pick."""
    known: dict[str, Pick | None] = {}
    picks = {}
    for key, scope in scopes.items():
        settled = substitute(item, scope)
        if not isinstance(settled.value, str):
            settled = settled._replace(value=settled.text)
        if settled.value not in known:
            known[settled.value] = names.pick(settled, shape, path, scope.report)
        picks[key] = known[settled.value]
    return picks


def _groups(use: Use, rows: Sequence[Row]) -> Iterable[tuple[Pick | None, Sequence[Row]]]:
    """Return the rows by what they pick and which labels they have."""
    groups: dict[tuple[int, tuple[str, ...]], tuple[Pick | None, list[Row]]] = {}
    for row in rows:
        pick = use.pick(row)
        groups.setdefault((id(pick), tuple(row)), (pick, []))[1].append(row)
    return groups.values()


def _addressed(key: Name, rows: Sequence[Row]) -> Sequence[tuple[Row, Address]]:
    return [
        (row, Address(*key, tuple(sorted((k, v.text) for k, v in row.items())))) for row in rows
    ]


def _order(uses: Mapping[Name, Sequence[Use]]) -> list[Name]:
    """Return upstream first; what is in or below a cycle last, for the graph to name it."""
    needs = {
        key: {p.name for use in some for p in use.picks.values() if p} for key, some in uses.items()
    }
    sorter = graphlib.TopologicalSorter(needs)
    with contextlib.suppress(graphlib.CycleError):
        sorter.prepare()
    order: dict[Name, None] = {}
    while ready := sorter.get_ready():
        order |= dict.fromkeys(ready)
        sorter.done(*ready)
    return [*order, *(key for key in needs if key not in order)]
