"""The fields of one mapping: its keys and values paired, duplicates found, merge keys followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from otplan.load.node import BROKEN, Node
from otplan.load.report import Report


class _Merge:
    """The value of the plain key `<<`."""


MERGE: Final = _Merge()


def fields(items: Sequence[Node], report: Report) -> dict[str, Node]:
    """Return the fields out of keys and values in turn; what `<<` brings lies below them.

    A key written again is an error; its value stays reachable as a twin, so that it hides nothing.
    """
    own: dict[str, Node] = {}
    merged: list[Node] = []
    for index in range(0, len(items), 2):
        key, value = items[index], items[index + 1]
        if key.value is MERGE:
            merged.append(value)
            _check_once(merged, key, report)
        elif not isinstance(key.value, str) or not key.text:
            message = "A key must be a single word or text."
            report.error(
                "OT115", key.at, message, "Write it before the colon, in quotes if need be."
            )
        elif key.value in own:
            own[key.value] = _twin(own[key.value], key, value, report)
        else:
            own[key.value] = value
    return _over(merged, own, report) if merged else own


def _check_once(merged: Sequence[Node], key: Node, report: Report) -> None:
    if len(merged) > 1:
        mend = "Merge several with one list, as in <<: [*first, *second]."
        report.error("OT113", key.at, "`<<` is written twice in this mapping.", mend)


def _twin(first: Node, key: Node, again: Node, report: Report) -> Node:
    line = first.key[1] if first.key else first.at[1]
    message = f"`{key.text}` is written twice in this mapping, first in line {line}."
    report.error("OT113", key.at, message, "Remove one of them, or give it another name.")
    return first._replace(twins=(*first.twins, again))


def _over(merged: Sequence[Node], own: dict[str, Node], report: Report) -> dict[str, Node]:
    """Return own fields over merged ones; of several merged, the first one wins (YAML 1.1)."""
    below: dict[str, Node] = {}
    for node in merged:
        for part in node.value if isinstance(node.value, list) else [node]:
            if isinstance(part.value, dict):
                below = part.value | below
            elif part.value is not BROKEN:
                message = "`<<` merges mappings, and this is none."
                report.error("OT114", part.at, message, "Give it an alias of a mapping: <<: *name")
    return below | own
