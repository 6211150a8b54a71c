"""Diagnostics as a person, a program and a pull request read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from otplan.core.units import count
from otplan.errors import Diagnostic, Place, Severity
from otplan.views import document
from otplan.views.lines import advice, clean, columns, fit, flat
from otplan.views.style import Style, Tone

_TONES = {Severity.ERROR: Tone.RED, Severity.WARNING: Tone.YELLOW, Severity.NOTE: Tone.CYAN}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    diagnostics: Sequence[Diagnostic]


def text(
    diagnostics: Sequence[Diagnostic], style: Style, sources: Mapping[str, Sequence[str]]
) -> str:
    """Return each finding with its line, a caret and what to do, then how many there are.

    `sources` maps a path, as diagnostics write it, to the lines of that file; a finding in a
    file that is not there is told without its line.
    """
    blocks = ["\n".join(_finding(each, style, sources)) for each in diagnostics]
    return "\n\n".join([*blocks, summary(diagnostics)]) + "\n"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return `2 errors, 1 warning.`, or that there is nothing to tell."""
    found = Counter(each.severity for each in diagnostics)
    counts = [count(found[severity], severity.value) for severity in Severity if found[severity]]
    return f"{', '.join(counts) or 'No problems'}."


def json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a document with every finding: code, severity, message, place, address, help."""
    return document.encode(_Document(diagnostics=diagnostics))


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return GitHub's workflow commands, one line a finding, which annotate a pull request.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    return "".join(f"{_annotation(each)}\n" for each in diagnostics)


def _finding(found: Diagnostic, style: Style, sources: Mapping[str, Sequence[str]]) -> list[str]:
    label = style.paint(f"{found.severity.value}[{found.code}]", Tone.BOLD, _TONES[found.severity])
    place = f"{flat(str(found.place))}: " if found.place else ""
    return [
        f"{place}{label} {_sentence(found)}",
        *(_excerpt(found.place, style, sources) if found.place else ()),
        *advice(found.help, "  ", style),
    ]


def _sentence(found: Diagnostic) -> str:
    return clean(f"{found.address}: {found.message}" if found.address else found.message)


def _excerpt(place: Place, style: Style, sources: Mapping[str, Sequence[str]]) -> list[str]:
    lines = sources.get(place.path, ())
    if not 0 < place.line <= len(lines):
        return []
    number = str(place.line)
    line, caret = _window(lines[place.line - 1], place.column, style.width - len(number) - 5, style)
    gutter = style.paint(f"  {number} |", Tone.DIM)
    blank = style.paint(f"  {' ' * len(number)} |", Tone.DIM)
    return [f"{gutter} {line}", f"{blank} {caret}"] if caret else [f"{gutter} {line}"]


def _window(line: str, column: int, room: int, style: Style) -> tuple[str, str]:
    """Return the part of a line around a column, and the caret that points at it."""
    line = line.rstrip("\r\n")
    start = max(column - room // 2, 0) if len(line) > room else 0
    lead = style.ellipsis if start else ""
    shown = fit(lead + flat(line[start:]), room, style)
    before = lead + flat(line[start : max(column - 1, start)])
    caret = " " * columns(before) + style.paint("^", Tone.BOLD, Tone.RED)
    return shown.rstrip(), caret if column else ""


def _annotation(found: Diagnostic) -> str:
    place = found.place or Place("")
    named = {"file": place.path, "line": place.line, "col": place.column, "title": found.code}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in named.items() if value)
    message = "\n".join(part for part in (_sentence(found), found.help) if part)
    return f"::{_COMMANDS[found.severity]} {properties}::{_escape(message)}"


def _escape(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _escape(words).replace(":", "%3A").replace(",", "%2C")
