"""One screen: functions of 25 statements and files of 250 lines at most."""

import ast
from collections.abc import Iterable

from tests.architecture.source import nodes, texts

MOST_STATEMENTS = 25
MOST_LINES = 250

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_functions_are_short() -> None:
    functions: Iterable[tuple[str, Function]]
    functions = (*nodes(ast.FunctionDef), *nodes(ast.AsyncFunctionDef))

    sizes = {f"{place} {node.name}": _statements(node) for place, node in functions}

    assert {name: size for name, size in sizes.items() if size > MOST_STATEMENTS} == {}


def test_files_are_short() -> None:
    sizes = {path: len(text.splitlines()) for path, text in texts().items()}

    assert {path: size for path, size in sizes.items() if size > MOST_LINES} == {}


def _statements(function: Function) -> int:
    """Count the statements in a function, those of its inner blocks too, its docstring not."""
    inside = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
    return inside - (ast.get_docstring(function) is not None)
