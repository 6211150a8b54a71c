"""The project's own source, parsed once for the tests of its shape."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]

Node = TypeVar("Node", bound=ast.AST)


@cache
def texts() -> dict[str, str]:
    """Return the text of every module of the package by its path from the root."""
    paths = sorted((ROOT / "otplan").rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of every module by its path from the root."""
    return {path: ast.parse(text) for path, text in texts().items()}


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Yield each node of a kind with the place where it stands."""
    for path, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, kind):
                yield f"{path}:{getattr(node, 'lineno', 1)}", node
