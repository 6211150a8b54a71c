"""The program at the other end of an ssh: our own modules, as text for the Python there.

Login nodes have old ones: 3.6 came with RHEL 8. It cannot read the annotations of today, so the
modules travel without them; their bodies hold nothing that it lacks.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

MODULES = ("files", "processes", "deeds", "frames")
"""What of otplan.shell travels, in the order of what they import."""

_PROGRAM = """\
import sys, types
for name in ("otplan", "otplan.shell"):
    sys.modules[name] = types.ModuleType(name)
for name, text in {modules!r}:
    module = types.ModuleType("otplan.shell." + name)
    setattr(sys.modules["otplan.shell"], name, module)
    sys.modules[module.__name__] = module
    exec(compile(text, module.__name__, "exec"), vars(module))
from otplan.shell import deeds, frames
source, sink = sys.stdin.buffer, sys.stdout.buffer
sink.write({greeting!r})
sink.flush()
frames.serve(deeds.DEEDS, source, sink)
"""

_LOADER = "import sys;exec(sys.stdin.buffer.read({length}))"


def program(greeting: bytes) -> bytes:
    """Return what to run there; it writes the greeting and then does what it is asked."""
    return _PROGRAM.format(modules=modules(), greeting=greeting).encode()


def command(length: int) -> str:
    """Return the command line that reads a program of so many bytes from its input, and runs it.

    It means the same to every login shell: sh, bash, csh and fish agree on what is in single
    quotes, as long as neither `!` nor a newline is. -I and -S keep out the user's and the
    site's packages, which may lie on a slow file system.
    """
    return f"python3 -IS -c '{_LOADER.format(length=length)}'"


@cache
def modules() -> tuple[tuple[str, str], ...]:
    """Return the name and the text of each module that travels."""
    folder = Path(__file__).parent
    texts = ((name, (folder / f"{name}.py").read_text("utf-8")) for name in MODULES)
    return tuple((name, ast.unparse(_Bare().visit(ast.parse(text)))) for name, text in texts)


class _Bare(ast.NodeTransformer):
    """Take out all that only a type checker, or a younger Python, reads."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Take out what a function returns, and look at its arguments and body."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Take out what an argument is."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Take out what a name is, and leave what it stands for."""
        value = node.value or ast.Constant(None)
        return ast.copy_location(ast.Assign([node.target], value), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """Take out the promise that annotations are not evaluated: there are none left."""
        return None if node.module == "__future__" else node
