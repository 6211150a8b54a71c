"""The terminal: what it can show, and the only place that writes to it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import click

from otplan.errors import Declined
from otplan.operations.progress import Said
from otplan.views.style import Style, Tone

SILENCE = 1.0
"""Seconds after which something must be told (design part 12)."""


@dataclass(frozen=True, slots=True)
class Console:
    """Standard output and error, and how text is drawn on them."""

    style: Style

    @classmethod
    def of_terminal(cls) -> Console:
        """Look at the terminal, NO_COLOR, FORCE_COLOR and `--color` (no-color.org)."""
        context = click.get_current_context(silent=True)
        wanted = (context.find_root().obj or {}).get("color", "auto") if context else "auto"
        width = shutil.get_terminal_size((100, 24)).columns
        encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
        return cls(Style(width=max(width, 40), color=_colours(wanted), unicode=encoding == "utf8"))

    def out(self, text: str) -> None:
        """Write what was asked for."""
        click.echo(text, nl=not text.endswith("\n"), color=True)

    def answer(self, lines: Sequence[str], document: str, *, json: bool) -> None:
        """Write lines, or the document that says the same."""
        self.out(document if json else "\n".join(lines))

    def stream(self, text: str) -> None:
        """Write part of something longer, as it is."""
        click.echo(text, nl=False)

    def error(self, text: str) -> None:
        """Write what else should be known."""
        click.echo(text, nl=not text.endswith("\n"), err=True, color=True)

    def confirmed(self, question: str) -> bool:
        """Ask for the literal `yes`; raise Declined where nobody can be asked."""
        if not sys.stdin.isatty():
            raise Declined(
                "there is no terminal to ask at, so nothing was done",
                "to apply without being asked:\n    otplan apply --auto-approve",
            )
        self.error(question)
        # While a person is asked, an interrupt is an answer, not a wish to finish the call.
        heard = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            answer = click.prompt(
                "  Type `yes` to go on",
                prompt_suffix=": ",
                err=True,
                default="",
                show_default=False,
            )
        finally:
            signal.signal(signal.SIGINT, heard)
        return str(answer).strip() == "yes"


def outlive_terminal() -> None:
    """Go on when the terminal is closed: what was approved is done to its end, unheard."""
    terminals = [number for number in (0, 1, 2) if os.isatty(number)]

    def unheard(*_: object) -> None:
        nobody = os.open(os.devnull, os.O_RDWR)
        for number in terminals:
            os.dup2(nobody, number)

    # Under nohup it is ignored already.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, unheard)


def _colours(wanted: str) -> bool:
    """Decide: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


class Telling:
    """Progress on standard error, and an interrupt that lets the current call finish."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stopped = False
        self._told = time.monotonic()

    def tell(self, said: Said) -> None:
        """Write one line; one in passing only after a second of silence."""
        now = time.monotonic()
        if said.passing and now - self._told < SILENCE:
            return
        self._told = now
        label = self._console.style.paint(said.label, Tone.DIM)
        try:
            self._console.error(f"{label}  {said.text}")
        except OSError as error:
            # The terminal is gone, and its signal on its way (termios(3), a hangup).
            if error.errno != errno.EIO:
                raise

    def stopped(self) -> bool:
        """Tell whether a person asked to stop."""
        return self._stopped

    def stop(self, *_: object) -> None:
        """Hear the first interrupt; the second one is Python's own."""
        self._stopped = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._console.error("stopping after the current call; once more stops at once")
