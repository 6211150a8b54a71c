"""Every module and every public name says in a sentence what it is."""

import ast
from collections.abc import Iterator

from tests.architecture.source import modules

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def test_every_module_has_a_docstring() -> None:
    assert [path for path, module in modules().items() if not ast.get_docstring(module)] == []


def test_every_public_name_has_a_docstring() -> None:
    names = {
        f"{path}:{node.lineno} {node.name}"
        for path, module in modules().items()
        for node in _public(module.body)
        if not ast.get_docstring(node)
    }

    assert names == set()


def _public(body: list[ast.stmt]) -> Iterator[Documented]:
    """Yield the public functions and classes of a body, and the methods of those classes."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)
