"""The live table of `otplan status --watch`: one look a minute, until nothing is under way."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from otplan.cli.asking import Seen, look
from otplan.operations.asking import status
from otplan.operations.waiting import pause_of
from otplan.views import status as view

UNDER_WAY = frozenset({"running", "queued", "submitting", "unknown"})
"""States that change by themselves."""


def watch(given: dict[str, Any]) -> None:
    """Show where the chosen stages stand, again and again; an interrupt ends it at once."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with _screen() as show:
        while True:
            seen = look(dict(given), given["selector"])
            chosen = {stage.fingerprint for stage in seen.stages}
            rows = status(seen.project.graph, seen.planned, chosen)
            show(seen, view.text(rows, seen.console.style, now=seen.project.ground.now))
            if not any(row.state in UNDER_WAY for row in rows):
                return
            seen.project.ground.person.pause(pause_of(seen.project.ground))


@contextmanager
def _screen() -> Iterator[Callable[[Seen, str], None]]:
    """Yield what shows a text: in place of the last one, or below it where that cannot be."""
    live = _live() if sys.stdout.isatty() else nullcontext()
    last = ""

    def show(seen: Seen, text: str) -> None:
        nonlocal last
        if shown is not None:
            from rich.text import Text

            shown.update(Text.from_ansi(text), refresh=True)
        elif text != last:
            seen.console.out(text if not last else f"\n{text}")
        last = text

    with live as shown:
        yield show


def _live() -> Any:  # noqa: ANN401 - rich is imported only where it is used
    from rich.console import Console
    from rich.live import Live

    return Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="visible")
