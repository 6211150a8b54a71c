"""Nodes out of YAML events.

PyYAML's own composers recurse, and the one in C takes the interpreter down on deep nesting;
its event parser does not. So nodes are made here, on a stack, with limits on what an attacker
or a slip of the hand could blow up, and every scalar is read once (see `scalars`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from otplan.core.values import Value
from otplan.load import scalars, syntax
from otplan.load.fields import MERGE, fields
from otplan.load.node import BROKEN, Node
from otplan.load.report import Report, Spot

MOST_ALIASED: Final = 300_000
"""How many nodes aliases may stand for, all together: a document of nine lines can mean 10⁹."""

_PARSER: Any = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
_TAG = "tag:yaml.org,2002:"
_CLASSES = {"int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),)}
_Event: TypeAlias = Any


def compose(text: str, path: str, report: Report, *, foreign: bool = False) -> Node | None:
    """Return the document as nodes, None where there is none or it cannot be read.

    In a `foreign` file, one that other programs read too, traps are warnings and have the value
    that PyYAML gives them. Everything is reported under `path`.
    """
    composer = _Composer(path, report, foreign)
    parser = _PARSER(text)
    try:
        while composer.take(parser.get_event()):
            pass
    except yaml.MarkedYAMLError as error:
        syntax.explain(error, text, path, report)
        return None
    finally:
        parser.dispose()
    return composer.root


@dataclass(slots=True)
class _Open:
    """A collection whose end is still to come; a mapping's keys and values alternate."""

    mapping: bool
    at: Spot
    key: Spot | None
    anchor: str | None
    before: int
    items: list[Node] = field(default_factory=list)


class _Composer:
    """Take events one by one; after the last one `root` is the document."""

    def __init__(self, path: str, report: Report, foreign: bool) -> None:  # noqa: FBT001
        self.root: Node | None = None
        self._path = path
        self._report = report
        self._foreign = foreign
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._sizes: dict[str, int] = {}
        self._made = 0
        self._aliased = 0
        self._documents = 0

    def take(self, event: _Event) -> bool:
        """Add an event; tell whether another is wanted."""
        step = _STEPS.get(event.__class__)
        return step is None or step(self, event)

    def scalar(self, event: _Event) -> bool:
        """Add a scalar; a key is the text it is written as, whatever it looks like."""
        at = self._spot(event)
        text = event.value = self._whole(event.value, at)
        inside = self._open[-1] if self._open else None
        if inside and inside.mapping:
            if len(inside.items) % 2:
                node = Node(self._value(event, at), text, at, inside.items[-1].at)
            else:
                node = Node(MERGE if text == "<<" and event.implicit[0] else text, text, at)
        else:
            node = Node(self._value(event, at), text, at)
        return self._add(node, event.anchor, 1)

    def start(self, event: _Event) -> bool:
        """Begin a list or a mapping."""
        at, mapping = self._spot(event), event.__class__ is yaml.MappingStartEvent
        self._check_tag(event, at, "map" if mapping else "seq")
        if len(self._open) == syntax.DEEPEST:
            return self._give_up("OT109", at, syntax.TOO_DEEP, syntax.UNCLOSED)
        self._open.append(_Open(mapping, at, self._key(), event.anchor, self._made))
        if event.anchor:
            self._anchors[event.anchor] = None
        return True

    def end(self, event: _Event) -> bool:  # noqa: ARG002 - a step gets its event
        """Finish the innermost list or mapping."""
        done = self._open.pop()
        value: Value = done.items
        if done.mapping:
            value = fields(done.items, self._report)
        size = self._made - done.before + 1
        return self._add(Node(value, "", done.at, done.key), done.anchor, size)

    def alias(self, event: _Event) -> bool:
        """Add what an anchor stands for once more."""
        name, at = event.anchor, self._spot(event)
        target = self._anchors.get(name)
        if target is None:
            return self._add(self._unknown(name, at), None, 1)
        self._made += self._sizes[name] - 1
        self._aliased += self._sizes[name]
        if self._aliased > MOST_ALIASED:
            message = f"The aliases up to here stand for more than {MOST_ALIASED:,} values."
            return self._give_up("OT110", at, message, "Look for aliases within aliases.")
        return self._add(target._replace(key=self._key()), None, 1)

    def document(self, event: _Event) -> bool:
        """Begin the document; a second one is an error."""
        self._documents += 1
        if self._documents == 1:
            return True
        message = "A second document starts here; only the first would be read."
        self._report.error("OT116", self._spot(event), message, "Put it into a file of its own.")
        return False

    def finish(self, event: _Event) -> bool:  # noqa: ARG002 - a step gets its event
        """End the file."""
        return False

    def _add(self, node: Node, anchor: str | None, size: int) -> bool:
        self._made += 1
        if anchor:
            self._anchors[anchor] = node
            self._sizes[anchor] = size
        if self._open:
            self._open[-1].items.append(node)
        else:
            self.root = node
        return True

    def _whole(self, text: str, at: Spot) -> str:
        """Return a text, less the NUL characters that no program and no file can be named with."""
        if "\0" not in text or self._foreign:
            return text
        message = "This holds a NUL character, which no program can be given."
        self._report.error("OT117", at, message, "Take `\\0` out of it.")
        return text.replace("\0", "")

    def _value(self, event: _Event, at: Spot) -> Value:
        if event.tag is None:
            return self._plain(event.value, at) if event.implicit[0] else event.value
        kind = event.tag.removeprefix(_TAG)
        if kind in ("!", "str"):
            return event.value
        if kind in _CLASSES and event.tag != kind:
            value, trap = scalars.resolve(event.value)
            if trap is None and value.__class__ in _CLASSES[kind]:
                return value
        self._check_tag(event, at, "str")
        return BROKEN

    def _plain(self, text: str, at: Spot) -> Value:
        value, trap = scalars.resolve(text)
        if trap is None:
            return value
        if self._foreign and not trap.fatal:
            self._report.warn(trap.code, at, trap.message, trap.mend)
            return value
        self._report.error(trap.code, at, trap.message, trap.mend)
        return BROKEN

    def _check_tag(self, event: _Event, at: Spot, fit: str) -> None:
        if event.tag not in (None, "!", f"{_TAG}{fit}"):
            name = event.tag.replace(_TAG, "!!")
            message = f"The tag `{name}` means nothing here."
            self._report.error("OT108", at, message, "Remove it, or put the whole value in quotes.")

    def _unknown(self, name: str, at: Spot) -> Node:
        if name in self._anchors:
            message = f"`*{name}` lies within `&{name}`, so it would contain itself."
            self._report.error("OT111", at, message, "Write out what is meant.")
        else:
            message = f"No `&{name}` stands before `*{name}`."
            mend = (
                f'Write `&{name}` at the value that is meant, or quotes around the text: "*{name}"'
            )
            self._report.error("OT112", at, message, mend)
        return Node(BROKEN, name, at, self._key())

    def _give_up(self, code: str, at: Spot, message: str, mend: str) -> bool:
        self._report.error(code, at, message, mend)
        self.root = None
        return False

    def _key(self) -> Spot | None:
        inside = self._open[-1] if self._open else None
        return inside.items[-1].at if inside and inside.mapping and inside.items else None

    def _spot(self, event: _Event) -> Spot:
        mark = event.start_mark
        return self._path, mark.line + 1, mark.column + 1


_STEPS: dict[type, Callable[[_Composer, _Event], bool]] = {
    yaml.ScalarEvent: _Composer.scalar,
    yaml.SequenceStartEvent: _Composer.start,
    yaml.MappingStartEvent: _Composer.start,
    yaml.SequenceEndEvent: _Composer.end,
    yaml.MappingEndEvent: _Composer.end,
    yaml.AliasEvent: _Composer.alias,
    yaml.DocumentStartEvent: _Composer.document,
    yaml.StreamEndEvent: _Composer.finish,
}
