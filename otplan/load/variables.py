"""The variables of a manifest: what they are declared as, and the value each has in this run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otplan.core.values import Value
from otplan.load import scalars, suggest, text, words
from otplan.load.compose import compose
from otplan.load.node import BROKEN, Node
from otplan.load.report import Report, Spot
from otplan.load.shape import CLASSES

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Variable:
    """A declared variable; `spot` is where its name stands."""

    name: str
    type: str
    spot: Spot
    default: Node | None
    enum: tuple[Value, ...]
    pattern: str


def settle(
    declared: Node | None, variables: Mapping[str, str], var_files: Sequence[str], report: Report
) -> Mapping[str, Node]:
    """Return the value of every declared variable.

    `--var` beats a later `--var-file`, that an earlier one, and that the default. What has no
    value that fits is reported, and broken.
    """
    known = _declared(declared, report)
    given = _given(known, variables, _from_files(var_files, report), report)
    return {name: _settled(one, given.get(name), report) for name, one in known.items()}


def _declared(node: Node | None, report: Report) -> Mapping[str, _Variable]:
    fields = node.value if node and isinstance(node.value, dict) else {}
    return {name: _variable(name, one, report) for name, one in fields.items()}


def _variable(name: str, node: Node, report: Report) -> _Variable:
    fields = node.value if isinstance(node.value, dict) else {}
    kind, enum, pattern = (fields.get(key) for key in ("type", "enum", "pattern"))
    options = enum.value if enum and isinstance(enum.value, list) else []
    return _Variable(
        name,
        kind.value if kind and kind.value in CLASSES else "",
        node.key or node.at,
        fields.get("default"),
        tuple(option.value for option in options),
        _compiled(pattern, report),
    )


def _compiled(node: Node | None, report: Report) -> str:
    if node is None or not isinstance(node.value, str):
        return ""
    try:
        re.compile(node.value)
    except re.error as error:
        message = f"`{words.short(node.value)}` is no regular expression: {error.msg}."
        report.error("OT303", node.at, message, "Write it as Python's `re` reads it.")
        return ""
    return node.value


def _from_files(var_files: Sequence[str], report: Report) -> Mapping[str, Node]:
    given: dict[str, Node] = {}
    for path in var_files:
        content = text.read(path, path, report)
        node = compose(content, path, report) if content is not None else None
        if node and isinstance(node.value, dict):
            given |= node.value
        elif node and node.value is not BROKEN:
            message = "A file of variables holds one mapping of names to values."
            report.error("OT304", node.at, message, "Write lines of the form `name: value`.")
    return given


def _given(
    known: Mapping[str, _Variable],
    variables: Mapping[str, str],
    files: Mapping[str, Node],
    report: Report,
) -> Mapping[str, Node]:
    for name, node in files.items():
        if name not in known:
            spot = node.key or node.at
            _report_unknown(name, spot, f"`{words.short(name)}`", known, report)
    given = dict(files)
    for name, value in variables.items():
        if name in known:
            given[name] = Node(_typed(value, known[name].type), value, known[name].spot)
        else:
            _report_unknown(name, ("--var", 0, 0), f"`--var {words.short(name)}`", known, report)
    return given


def _report_unknown(
    name: str, spot: Spot, shown: str, known: Mapping[str, _Variable], report: Report
) -> None:
    message = f"{shown} sets a variable that the manifest does not declare."
    report.error("OT304", spot, message, suggest.mend(name, known, "variables"))


def _typed(given: str, kind: str) -> Value:
    """Return what a command line's text means for a type; the text itself if it does not fit."""
    if kind == "number" and len(given) < len(str(2**64)) and _NUMBER.fullmatch(given):
        return int(given) if given.lstrip("+-").isdigit() else float(given)
    if kind in ("integer", "boolean"):
        value, trap = scalars.resolve(given)
        return given if trap else value
    return given


def _settled(one: _Variable, given: Node | None, report: Report) -> Node:
    node = given or one.default
    if node is None:
        message = f"The variable `{one.name}` has no value."
        mend = f"Give it a `default`, or set it:\n  --var {one.name}=<{one.type or 'value'}>"
        report.error("OT301", one.spot, message, mend)
    elif node.value is BROKEN or _fits(one, node, report):
        return node
    return Node(BROKEN, "", one.spot)


def _fits(one: _Variable, node: Node, report: Report) -> bool:
    if one.type and node.value.__class__ not in CLASSES[one.type]:
        message = f"The variable `{one.name}` is {words.wanted([one.type])}; this is "
        mend = f"Write it as {words.wanted([one.type])}, or change its `type`."
        if one.type == "string" and not isinstance(node.value, (dict, list)):
            mend = f'Put it in quotes: "{words.short(node.text)}"'
        report.error("OT303", node.at, f"{message}{words.found(node)}.", mend)
    elif one.enum and node.value not in one.enum:
        message = f"The variable `{one.name}` cannot be `{words.short(node.value)}`."
        options = [words.short(option) for option in one.enum]
        report.error("OT303", node.at, message, suggest.mend(node.text, options, "values"))
    elif one.pattern and not re.search(one.pattern, str(node.value)):
        message = f"The variable `{one.name}` cannot be `{words.short(node.value)}`."
        report.error("OT303", node.at, message, f"It must match the pattern {one.pattern}")
    else:
        return True
    return False
