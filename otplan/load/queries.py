"""Matrices that ask the catalog: each question gives way to the names that otplan.lock has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from otplan.core.query import Query, answered
from otplan.errors import Place
from otplan.load.check import Checker
from otplan.load.declared import Declared
from otplan.load.node import BROKEN, Node, plain
from otplan.load.report import Report
from otplan.load.substitute import Scope, substitute


@dataclass(frozen=True, slots=True)
class Queries:
    """Answer questions from a lock; `floating` collects each one and where it stands first."""

    var: Mapping[str, Node]
    lock: Mapping[str, str]
    floating: dict[str, Place] = field(default_factory=dict)

    def settle(self, declared: Iterable[Declared]) -> Iterator[Declared]:
        """Yield resources whose matrices are lists."""
        for one in declared:
            matrix = one.matrix
            if matrix is None or not _asks(matrix) or not any(map(_asks, matrix.value.values())):
                yield one
            else:
                yield replace(one, matrix=self._settled(one, matrix))

    def _settled(self, one: Declared, matrix: Node) -> Node:
        shape = one.section.shape.fields["matrix"]
        settled = substitute(matrix, Scope(self.var, {}, one.report), shape)
        before = one.report.count
        Checker(one.section.name, one.report).check(settled, shape, "matrix")
        if one.report.count > before:
            return matrix._replace(value=BROKEN)
        lists = {
            label: self._answered(node, one.report) if _asks(node) else node
            for label, node in settled.value.items()
        }
        return settled._replace(value=lists)

    def _answered(self, node: Node, report: Report) -> Node:
        asked = plain(node)
        query = Query(asked["catalog"], asked.get("created_by", ""), asked.get("since", ""))
        self.floating.setdefault(str(query), node.place)
        if str(query) not in self.lock:
            message = "Nobody asked the catalog yet, so this stands for nothing."
            report.warn("OT316", node.spot, message, "See what it stands for with:\n  otplan plan")
        names = answered(self.lock.get(str(query), ""))
        return node._replace(value=[Node(name, name, node.at) for name in names])


def _asks(node: Node) -> bool:
    return isinstance(node.value, dict)
