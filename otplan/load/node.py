"""A node: a value together with where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from otplan.core.values import Value
from otplan.errors import Place
from otplan.load.report import Spot


class Broken:
    """The value of what was already reported: it fits everywhere and is complained of no more."""


BROKEN: Final = Broken()


class Node(NamedTuple):
    """A scalar, a list of nodes, or a mapping of nodes; a tuple, as there are many.

    `text` is the scalar as written, which a number no longer knows. `at` is where the value
    starts, `key` where its key does. `twins` are values written under the same key again.
    """

    value: Value
    text: str
    at: Spot
    key: Spot | None = None
    twins: tuple[Node, ...] = ()

    @property
    def spot(self) -> Spot:
        """Return where the node stands: a collection at its key, a scalar where it is."""
        return self.key if self.key and isinstance(self.value, (dict, list)) else self.at

    @property
    def place(self) -> Place:
        """Return where the node stands, as a place."""
        return Place(*self.spot)


def plain(node: Node) -> Value:
    """Return the value without its places."""
    value = node.value
    if value.__class__ is dict:
        return {key: plain(inner) for key, inner in value.items()}
    if value.__class__ is list:
        return [plain(inner) for inner in value]
    return value


def sound(node: Node) -> bool:
    """Tell whether nothing in a node was reported as broken."""
    value = node.value
    if isinstance(value, dict):
        return all(map(sound, value.values()))
    if isinstance(value, list):
        return all(map(sound, value))
    return value is not BROKEN


def merge(below: Node, above: Node) -> Node:
    """Return `above` over `below`: mappings merge, all else is replaced."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    fields = dict(below.value)
    for key, node in above.value.items():
        fields[key] = merge(fields[key], node) if key in fields else node
    return above._replace(value=fields, twins=tuple(merge(below, twin) for twin in above.twins))


def select(node: Node, steps: Sequence[str], path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield (dotted path, node) of what lies behind the steps; `*` is any key."""
    if not steps:
        yield path, node
    elif isinstance(node.value, dict):
        keys = node.value if steps[0] == "*" else [key for key in steps[:1] if key in node.value]
        for key in keys:
            yield from select(node.value[key], steps[1:], f"{path}.{key}" if path else key)


def items(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the strings of a field that holds one or a list of them, with their paths."""
    if isinstance(node.value, str):
        yield path, node
    elif isinstance(node.value, list):
        for index, inner in enumerate(node.value):
            if isinstance(inner.value, str):
                yield f"{path}.{index}", inner


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield (dotted path, node) for all below a node; list items by number."""
    if isinstance(node.value, (dict, list)):
        pairs = node.value.items() if isinstance(node.value, dict) else enumerate(node.value)
        for key, inner in pairs:
            step = f"{path}.{key}" if path else str(key)
            yield step, inner
            yield from walk(inner, step)
