"""What each action is called, and how it is coloured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otplan.core.plan import Action, Change
from otplan.views.style import Style, Tone
from otplan.views.words import listing, ranges

_GAP = "   "

_NAMES = {
    Action.SUBMIT: "submit",
    Action.UPDATE: "update",
    Action.REPLACE: "replace",
    Action.CANCEL: "cancel",
    Action.CATALOG: "write the catalog",
    Action.KEEP: "done or kept",
    Action.ADOPT: "adopt?",
    Action.REST: "archived or waiting",
    Action.BLOCKED: "needs you",
    Action.UNKNOWN: "unknown",
}

_PHRASES = {
    Action.SUBMIT: "will be submitted",
    Action.UPDATE: "will be updated in place",
    Action.REPLACE: "will be replaced",
    Action.CANCEL: "will be cancelled",
    Action.CATALOG: "will be written to the catalog",
    Action.KEEP: "done",
    Action.ADOPT: "exists, and nobody recorded it",
    Action.REST: "waits",
    Action.BLOCKED: "needs you",
    Action.UNKNOWN: "unknown",
}

_TONES = {
    Action.SUBMIT: Tone.GREEN,
    Action.UPDATE: Tone.YELLOW,
    Action.REPLACE: Tone.YELLOW,
    Action.CANCEL: Tone.RED,
    Action.CATALOG: Tone.CYAN,
    Action.KEEP: Tone.DIM,
    Action.ADOPT: Tone.CYAN,
    Action.REST: Tone.DIM,
    Action.BLOCKED: Tone.RED,
    Action.UNKNOWN: Tone.YELLOW,
}


def symbol(action: Action, style: Style) -> str:
    """Return the symbol in its colour."""
    return style.paint(action.value, Tone.BOLD, _TONES[action])


def name(action: Action) -> str:
    """Return what the symbol stands for, as the legend says it."""
    return _NAMES[action]


def legend(used: Iterable[Action], style: Style) -> list[str]:
    """Return each of these symbols with its meaning, in as many lines as the width asks for."""
    there = set(used)
    lines: list[list[str]] = [[]]
    room = style.width
    for action, meaning in _NAMES.items():
        if action in there:
            size = len(f"{action.value} {meaning}") + len(_GAP)
            if size > room + len(_GAP):
                lines.append([])
                room = style.width
            lines[-1].append(f"{symbol(action, style)} {meaning}")
            room -= size
    return [_GAP.join(line) for line in lines if line]


def phrase(change: Change) -> str:
    """Return what happens to a stage: `will be submitted (attempt 2, elements 0-3)`."""
    more = ", ".join(_details(change))
    return f"{_words(change)} ({more})" if more else _words(change)


def archived(change: Change) -> bool:
    """Tell a stage that is over and declared nowhere from one that waits."""
    return change.action is Action.REST and change.place is None


def lost(change: Change) -> bool:
    """Tell a stage whose product is gone, and that nothing needs now, from one that is done."""
    return change.action is Action.KEEP and any(each.code == "lost" for each in change.reasons)


def _words(change: Change) -> str:
    if archived(change):
        return "archived"
    if lost(change):
        return "lost, and nothing needs it"
    if change.action is Action.KEEP and change.state:
        return change.state
    return _PHRASES[change.action]


def _details(change: Change) -> Iterator[str]:
    if any(each.code == "unpinned" for each in change.reasons):
        yield "unpinned"
    elif change.n and change.action is not Action.KEEP:
        yield f"attempt {change.n}"
    if change.shown and change.action is not Action.KEEP:
        yield change.shown
    if change.elements:
        yield f"elements {ranges(change.elements)}"
    if change.cancels:
        yield f"{_cancelling(change)} {listing(list(map(str, change.cancels)))}"
    if change.state and (change.jobs or change.cancels) and change.action is not Action.KEEP:
        yield f"now {change.state}"


def _cancelling(change: Change) -> str:
    match change.action:
        case Action.CANCEL:
            return "job"
        case Action.REPLACE:
            return "in place of"
        case _:
            return "cancels"
