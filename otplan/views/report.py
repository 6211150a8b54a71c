"""What an apply did, as a person and a program read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otplan.core.report import Event, Outcome, Report
from otplan.core.units import count
from otplan.views import document
from otplan.views.lines import clean, flat, mend, wrap
from otplan.views.style import Style, Tone

_WORDS = {
    Event.SUBMITTED: "submitted",
    Event.UPDATED: "updated",
    Event.REPLACED: "replaced",
    Event.CANCELLED: "cancelled",
    Event.WRITTEN: "written to the catalog",
    Event.REFUSED: "refused",
    Event.UNCLEAR: "unclear",
    Event.HELD_BACK: "not sent",
    Event.WAITING: "waiting",
}

_SYMBOLS = {
    Event.SUBMITTED: ("+", Tone.GREEN),
    Event.UPDATED: ("~", Tone.YELLOW),
    Event.REPLACED: ("-/+", Tone.YELLOW),
    Event.CANCELLED: ("-", Tone.RED),
    Event.WRITTEN: (">", Tone.CYAN),
    Event.REFUSED: ("!", Tone.RED),
    Event.UNCLEAR: ("?", Tone.YELLOW),
    Event.HELD_BACK: (".", Tone.DIM),
    Event.WAITING: (".", Tone.DIM),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    summary: str
    partial: bool
    report: Report


def text(report: Report, style: Style, *, brief: bool = False, then: str = "") -> str:
    """Return every outcome, the sum of them, and how to go on.

    `brief` leaves out what went through. `then` is the command to show where nothing is left
    over; else it is the one that does the rest.
    """
    lines = [
        line
        for outcome in report.outcomes
        if outcome.event.failed or not brief
        for line in _outcome(outcome, style)
    ]
    words, command = _rest(report) if report.partial else ("", then)
    sections = [
        "\n".join(lines),
        style.paint(summary(report), Tone.BOLD),
        words,
        f"  {style.paint(command, Tone.CYAN)}" if command else "",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _rest(report: Report) -> tuple[str, str]:
    """Return what to know of the rest, and the command that does it.

    What was approved and only held back goes on by itself; what was refused would be again.
    """
    if report.interrupted:
        return "What was sent stays sent; to do the rest:", "otplan apply"
    if any(outcome.event is Event.REFUSED for outcome in report.outcomes):
        return (
            "What was refused would be again; when that is mended, to do the rest:",
            "otplan apply",
        )
    return "What was sent stays sent; to do the rest, now or later:", "otplan continue"


def summary(report: Report) -> str:
    """Return `Applied: 3 submitted, 1 cancelled.`, what failed told after what went through."""
    found = Counter(outcome.event for outcome in report.outcomes)
    listed = ", ".join(f"{found[event]:,} {word}" for event, word in _WORDS.items() if found[event])
    return f"{_head(report)}: {listed}." if listed else "Nothing to do."


def synced(facts: int, rows: Sequence[Outcome], style: Style) -> str:
    """Return how much a sync noted, and what came of each catalog row."""
    lines = [line for outcome in rows for line in _outcome(outcome, style)]
    news = f"Noted {count(facts, 'fact')}." if facts else "There was nothing new to note."
    return "\n".join([*lines, *([""] if lines else []), news]) + "\n"


def json(report: Report) -> str:
    """Return a document with every outcome; `partial` says whether something is still to do."""
    told = _Document(summary=summary(report), partial=report.partial, report=report)
    return document.encode(told)


def _head(report: Report) -> str:
    if report.interrupted:
        return "Interrupted"
    return "Applied in part" if report.partial else "Applied"


def _outcome(outcome: Outcome, style: Style) -> Iterator[str]:
    symbol, tone = _SYMBOLS[outcome.event]
    label = style.paint(clean(outcome.label), Tone.BOLD)
    yield f"{style.paint(symbol, Tone.BOLD, tone)} {label}   {flat(_happened(outcome))}"
    if outcome.why:
        yield from wrap(outcome.why, "    ", style)
    yield from mend(outcome.help, "      ", style)


def _happened(outcome: Outcome) -> str:
    """Return `submitted (attempt 2, job big:12)`."""
    attempt = f"attempt {outcome.n}" if outcome.n else ""
    job = f"job {outcome.job}" if outcome.job else ""
    more = ", ".join(part for part in (attempt, job) if part)
    return f"{_WORDS[outcome.event]} ({more})" if more else _WORDS[outcome.event]
