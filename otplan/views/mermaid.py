"""The graph in Mermaid, which GitHub draws (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otplan.views.dot import FILLS
from otplan.views.graph import Node


def mermaid(nodes: Sequence[Node]) -> str:
    """Return a flowchart, from what is read to what reads it; boxes coloured by their action.

    Mermaid itself refuses more than 500 edges unless told otherwise (`maxEdges`).
    """
    return "\n".join(["flowchart LR", *_lines(nodes)]) + "\n"


def _lines(nodes: Sequence[Node]) -> Iterator[str]:
    names = {node.label: f"s{place}" for place, node in enumerate(nodes)}
    for node in nodes:
        action = f":::{node.action.name.lower()}" if node.action else ""
        yield f'  {names[node.label]}["{_title(node)}"]{action}'
    for node in nodes:
        for parent in node.parents:
            yield f"  {names[parent]} --> {names[node.label]}"
    used = {node.action for node in nodes}
    for planned, fill in FILLS.items():
        if planned in used:
            yield f"  classDef {planned.name.lower()} fill:{fill},stroke:#777777,color:#111111"


def _title(node: Node) -> str:
    """Return the lines of a box; the action is a word, since `+ x` would be a list in Markdown."""
    return "<br/>".join(map(_escaped, (node.label, *node.remarks)))


def _escaped(words: str) -> str:
    """Return text in which Mermaid finds no quote and no tag: entities, with `#` for `&`."""
    table = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "\n": " "}
    return "".join(table.get(character, character) for character in words)
