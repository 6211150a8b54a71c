"""Show diagnostics with the lines they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from otplan.cli.console import Console
from otplan.errors import Diagnostic
from otplan.views import diagnostics as view


def show_diagnostics(console: Console, found: Sequence[Diagnostic]) -> None:
    """Write diagnostics to standard error."""
    console.error(view.text(found, console.style, sources(found)))


def sources(found: Sequence[Diagnostic]) -> dict[str, list[str]]:
    """Return the lines of every file that a diagnostic speaks of, as far as they can be read."""
    paths = {each.place.path for each in found if each.place is not None}
    return {path: lines for path in sorted(paths) if (lines := _lines(Path(path))) is not None}


def _lines(path: Path) -> list[str] | None:
    """Return a file's lines, or None where it cannot be read as text."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return None
