"""Failures are caught by name: a bug is never taken for one of them."""

import ast

from tests.architecture.source import nodes

# The one place that may catch a bug, to end with code 70 and a report file.
LAST_RESORT = "otplan/cli/main.py"
EVERYTHING = ("Exception", "BaseException")


def test_nobody_catches_everything() -> None:
    handlers = nodes(ast.ExceptHandler)

    greedy = [place for place, handler in handlers if _catches_everything(handler)]

    assert [place for place in greedy if not place.startswith(LAST_RESORT)] == []
    assert len(greedy) <= 1


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = (node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name))
    return any(name in EVERYTHING for name in names)
