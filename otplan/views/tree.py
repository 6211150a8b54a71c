"""The graph as an indented tree: who reads whom, each stage once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otplan.views.actions import symbol
from otplan.views.graph import Node
from otplan.views.lines import clean, pad
from otplan.views.style import Style, Tone
from otplan.views.words import listing

_DEEPEST = 20
"""Levels that are indented; below, the level is told as a number, so that a chain of thousands
stays as wide as a terminal and the text linear in the number of stages."""

_SYMBOLS = 3


def tree(nodes: Sequence[Node], style: Style) -> str:
    """Return every stage once, below the last of its parents; the others are named beside it.

    `nodes` stand parents first.
    """
    lines = [_line(branch, style) for branch in _walk(nodes)]
    return "\n".join(lines) + "\n" if lines else ""


@dataclass(frozen=True, slots=True)
class _Branch:
    """A node where it is drawn: how deep, and below which parent."""

    node: Node
    depth: int = 0
    above: str = ""


def _walk(nodes: Sequence[Node]) -> Iterator[_Branch]:
    """Yield each node where it is drawn, children right after their parent, without recursion."""
    order = {node.label: place for place, node in enumerate(nodes)}
    below: dict[str, list[Node]] = {"": []}
    for node in nodes:
        below.setdefault(max(node.parents, key=order.__getitem__, default=""), []).append(node)
    stack = [_Branch(node) for node in reversed(below[""])]
    while stack:
        branch = stack.pop()
        yield branch
        label, deeper = branch.node.label, branch.depth + 1
        stack += [_Branch(child, deeper, label) for child in reversed(below.get(label, ()))]


def _line(branch: _Branch, style: Style) -> str:
    node, depth = branch.node, branch.depth
    mark = ""
    if node.action:
        mark = symbol(node.action, style) + pad("", _SYMBOLS - len(node.action.value)) + " "
    level = f"({depth}) " if depth > _DEEPEST else ""
    remarks = [part for part in (node.size, _others(branch)) if part]
    beside = style.paint(f"   ({'; '.join(remarks)})", Tone.DIM) if remarks else ""
    return f"{mark}{'  ' * min(depth, _DEEPEST)}{level}{clean(node.label)}{beside}"


def _others(branch: _Branch) -> str:
    others = [parent for parent in branch.node.parents if parent != branch.above]
    return f"also reads {clean(listing(others))}" if others else ""
