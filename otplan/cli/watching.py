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
            ground = seen.project.ground
            moves = any(row.state in UNDER_WAY for row in rows)
            pause = max(int(pause_of(ground)), 1) if moves else 0
            text = view.text(rows, seen.console.style, now=seen.planned.snapshot.at)
            show(seen, f"{text}\n{view.looked(seen.planned.snapshot.at, pause)}")
            if not pause:
                return
            ground.person.pause(pause)


@contextmanager
def _screen() -> Iterator[Callable[[Seen, str], None]]:
    """Yield what shows a text: in place of the last one, or below it where that cannot be.

    What is taller than the terminal would leave its upper lines behind at each look.
    """
    live = _live() if sys.stdout.isatty() else nullcontext()
    first = True

    def show(seen: Seen, text: str) -> None:
        nonlocal first
        if shown is not None:
            from rich.text import Text

            drawn = Text.from_ansi(text)
            fits = text.count("\n") < shown.console.height
            if not fits:
                shown.console.print(drawn, soft_wrap=True)
            shown.update(drawn if fits else Text(""), refresh=True)
        else:
            seen.console.out(text if first else f"\n{text}")
        first = False

    with live as shown:
        yield show


def _live() -> Any:  # noqa: ANN401 - rich is imported only where it is used
    from rich.console import Console
    from rich.live import Live

    return Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="visible")
