"""An expected error, as it ends a command."""

from __future__ import annotations

from dataclasses import dataclass

from otplan.errors import OtplanError
from otplan.views import document
from otplan.views.lines import advice, clean
from otplan.views.style import Style, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    error: str
    help: str
    exit_code: int


def text(error: OtplanError, style: Style) -> str:
    """Return what is wrong, then what to do."""
    label = style.paint("error:", Tone.BOLD, Tone.RED)
    lines = [f"{label} {clean(error.message)}", *advice(error.help, "  ", style)]
    return "\n".join(lines) + "\n"


def json(error: OtplanError) -> str:
    """Return a document with the message, the help and the exit code."""
    told = _Document(error=error.message, help=error.help, exit_code=error.exit_code)
    return document.encode(told)
