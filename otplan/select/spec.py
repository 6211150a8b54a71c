"""What a selector says: a test that a stage passes or not, and how far to go from there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from otplan.errors import Usage

FAR = -1
"""A reach without end."""

_FORM = re.compile(r"^(?:(?P<up>\d*)\+)?(?P<what>[^+].*?)(?:\+(?P<down>\d*))?$")
_NAME = re.compile(
    r"^(?P<address>[^/\[\]]+)(?:\[(?P<labels>[^\[\]]*)\])?(?:/(?P<role>[^/\[\]]+))?$"
)


class Method(Enum):
    """What is looked at: the name of a stage, its kind, its cluster, or its state."""

    NAME = "name"
    KIND = "kind"
    CLUSTER = "cluster"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Name:
    """Patterns for a stage, in which `*` and `?` stand for anything.

    `address` is a name, with its kind or without; `labels` must all be among the stage's own;
    `role` is empty for any.
    """

    address: str
    labels: tuple[tuple[str, str], ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector as read: `text` is how it was written.

    `up` and `down` say how many steps upstream and downstream to go: 0 none, FAR all.
    `values` are those of `kind:`, `cluster:` and `state:`, any of which will do.
    """

    text: str
    method: Method
    name: Name | None = None
    values: tuple[str, ...] = ()
    up: int = 0
    down: int = 0


def parse(text: str) -> Selector:
    """Read a selector: `training.sft[lr=1.0e-5]`, `sft/train`, `state:failed|lost`, `2+tb2+`.

    The grammar is a small part of dbt's (docs.getdbt.com, "Node selection syntax"). Raise Usage
    for what does not fit it.
    """
    match = _FORM.match(text)
    if match is None:
        raise _misread(text)
    method, colon, value = match["what"].partition(":")
    up, down = _reach(match["up"]), _reach(match["down"])
    if not colon:
        return Selector(text, Method.NAME, name=_name(text, match["what"]), up=up, down=down)
    values = tuple(value.split("|"))
    if method not in {each.value for each in Method} - {"name"} or not all(values):
        raise _misread(text)
    return Selector(text, Method(method), values=values, up=up, down=down)


def _reach(steps: str | None) -> int:
    if steps is None:
        return 0
    return int(steps) if steps else FAR


def _name(text: str, what: str) -> Name:
    match = _NAME.match(what)
    if match is None:
        raise _misread(text)
    labels = (match["labels"] or "").strip()
    pairs = [] if labels in ("", "*") else [pair.partition("=") for pair in labels.split(",")]
    if not all(equals for _, equals, _ in pairs):
        raise _misread(text)
    named = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    return Name(match["address"], named, match["role"] or "")


def _misread(text: str) -> Usage:
    return Usage(
        f"`{text}` is not a selector",
        "one looks like training.sft, sft[lr=1.0e-5], training.*, kind:eval, state:failed, "
        "+sft (with all it reads) or sft+ (with all that reads it)",
    )
