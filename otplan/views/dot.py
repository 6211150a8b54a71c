"""The graph in DOT, for Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otplan.core.plan import Action
from otplan.views.graph import Node

FILLS = {
    Action.SUBMIT: "#d3f0d6",
    Action.UPDATE: "#fdf0c4",
    Action.REPLACE: "#fdf0c4",
    Action.CANCEL: "#f9d5d3",
    Action.CATALOG: "#d2ecf2",
    Action.KEEP: "#ededed",
    Action.ADOPT: "#d2ecf2",
    Action.REST: "#ededed",
    Action.BLOCKED: "#f9d5d3",
    Action.UNKNOWN: "#fdf0c4",
}
"""The colour of a box, by what is planned for its stage."""


def dot(name: str, nodes: Sequence[Node]) -> str:
    """Return a directed graph, from what is read to what reads it."""
    return "\n".join([f"digraph {_quoted(name)} {{", *_lines(nodes), "}"]) + "\n"


def _lines(nodes: Sequence[Node]) -> Iterator[str]:
    yield "  rankdir=LR;"
    yield '  node [shape=box, style="rounded,filled", fillcolor="#ffffff"];'
    for node in nodes:
        yield f"  {_quoted(node.label)}{_attributes(node)};"
    for node in nodes:
        for parent in node.parents:
            yield f"  {_quoted(parent)} -> {_quoted(node.label)};"


def _attributes(node: Node) -> str:
    named = {}
    if node.remarks:
        named["label"] = "\n".join((node.label, *node.remarks))
    if node.action:
        named["fillcolor"] = FILLS[node.action]
    listed = ", ".join(f"{key}={_quoted(value)}" for key, value in named.items())
    return f" [{listed}]" if listed else ""


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
