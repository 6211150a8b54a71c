"""Put values where `${var.x}` and `${matrix.x}` stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from otplan.core.values import Value
from otplan.load import suggest, words
from otplan.load.node import BROKEN, Node
from otplan.load.report import Report
from otplan.load.shape import Shape

_EXPRESSION = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAMES = re.compile(r"(var|matrix)\.([A-Za-z_][A-Za-z0-9_]*)")
_ANY = Shape()
_KINDS = {"var": "variables", "matrix": "matrix labels"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What `${…}` may name, and where to report what it may not."""

    var: Mapping[str, Node]
    matrix: Mapping[str, Node]
    report: Report


def substitute(node: Node, scope: Scope, shape: Shape = _ANY) -> Node:
    """Return a node with all expressions replaced; the very same one if it has none.

    A string that is exactly one expression takes the value with its type, except where only
    text fits the shape: there it is the value as written. What was replaced stays where the
    expression stands. `$${` is a literal `${`.
    """
    value = node.value
    if value.__class__ is str:
        return _replaced(node, scope, shape) if "${" in value else node
    if value.__class__ is dict:
        fields = {
            key: substitute(inner, scope, shape.fields.get(key) or shape.rest or _ANY)
            for key, inner in value.items()
        }
        same = all(fields[key] is inner for key, inner in value.items())
        return node if same else node._replace(value=fields)
    if value.__class__ is list:
        items = [substitute(inner, scope, shape.items or _ANY) for inner in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return node if same else node._replace(value=items)
    return node


def _replaced(node: Node, scope: Scope, shape: Shape) -> Node:
    text: str = node.value
    whole = _EXPRESSION.fullmatch(text)
    if whole and whole[1] is not None:
        return _taken(_value(whole, node, scope), node, shape)
    parts, end = [], 0
    for match in _EXPRESSION.finditer(text):
        parts += [text[end : match.start()], _written(match, node, scope)]
        end = match.end()
    if BROKEN in parts:
        return node._replace(value=BROKEN)
    whole_text = "".join([*parts, text[end:]])
    return node._replace(value=whole_text, text=whole_text)


def _taken(named: Node | None, node: Node, shape: Shape) -> Node:
    """Return a node with the value of another."""
    if named is None or named.value is BROKEN:
        return node._replace(value=BROKEN)
    value = named.text if shape.types == ("string",) else named.value
    return node._replace(value=value, text=named.text)


def _written(match: re.Match[str], node: Node, scope: Scope) -> Value:
    """Return an expression's value as it is written, to stand within a longer text."""
    if match[0] == "$${":
        return "${"
    value = _value(match, node, scope)
    if value is None or value.value is BROKEN:
        return BROKEN
    return value.text


def _value(match: re.Match[str], node: Node, scope: Scope) -> Node | None:
    names = _NAMES.fullmatch(match[1] or "")
    if names is None:
        message = f"`{words.short(match[0])}` names neither a variable nor a matrix label."
        mend = "Write ${var.name} or ${matrix.label}; `$${` is a `${` that stays."
        scope.report.error("OT305", node.at, message, mend)
        return None
    kind, name = names[1], names[2]
    known = scope.var if kind == "var" else scope.matrix
    if name not in known:
        code = "OT302" if kind == "var" else "OT306"
        message = f"There is no {_KINDS[kind][:-1]} `{name}`."
        scope.report.error(code, node.at, message, suggest.mend(name, known, _KINDS[kind]))
        return None
    return known[name]
