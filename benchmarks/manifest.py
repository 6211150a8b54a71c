"""A graph as a manifest of otplan, written as a person would write it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from benchmarks.shapes import Node, Read

HEAD = "otplan: 1\nworkspace: benchmark\n"


def text(nodes: Iterable[Node]) -> str:
    """Return the manifest: its sections in the order in which the graph first uses them."""
    sections: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for node in nodes:
        sections[node.section][node.name] = node.fields
    return HEAD + "".join(f"{line}\n" for line in _lines(sections, ""))


def _lines(mapping: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """Return a value that needs no quotes, as the shapes use no others."""
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    return value.name if isinstance(value, Read) else str(value)
