"""One change of a plan, as lines: what happens to a stage, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from otplan.core.plan import Action, Change, FieldChange, Reason
from otplan.errors import Place
from otplan.views.actions import archived, lost, phrase, symbol
from otplan.views.lines import clean, fit, flat, mend, wrap
from otplan.views.style import Style, Tone
from otplan.views.words import listing

_INDENT = "    "
_DEEPER = "      "

_BEFORE = 8
"""Characters that are shown before the first that differs."""

_NEW = "new"
"""The reason that an attempt 1 tells already."""


def origins(changes: Iterable[Change]) -> Mapping[str, Change]:
    """Return for each label the change at which its chain of causes begins.

    One pass is enough, since parents come first, and of a stage's changes its own does.
    """
    found: dict[str, Change] = {}
    for change in changes:
        via = next((reason.via for reason in change.reasons if reason.via), "")
        found.setdefault(change.label, found.get(via, change))
    return found


def quiet(change: Change) -> bool:
    """Tell whether a change has nothing to say: done, kept or archived, with no field or help."""
    if lost(change) or not (change.action is Action.KEEP or archived(change)):
        return False
    return not any(reason.fields or reason.help for reason in change.reasons)


def block(change: Change, causes: Mapping[str, Change], style: Style) -> list[str]:
    """Return the lines of a change: its header, then each reason, indented.

    `causes` are the origins of the whole plan.
    """
    label = style.paint(clean(change.label), Tone.BOLD)
    lines = [f"{symbol(change.action, style)} {label}   {flat(phrase(change))}"]
    if len(change.addresses) > 1:
        lines += wrap(f"also {listing(change.addresses[1:])}", _INDENT, style)
    for reason in change.reasons:
        lines += _reason(reason, causes, style)
    return lines


def _reason(reason: Reason, causes: Mapping[str, Change], style: Style) -> Iterator[str]:
    if reason.text and not _told_below(reason):
        yield from wrap(reason.text, _INDENT, style)
    for field in reason.fields:
        yield _INDENT + _field(field, style)
    if reason.via:
        yield from wrap(_because(reason.via, causes.get(reason.via), style), _INDENT, style)
    yield from mend(reason.help, _DEEPER, style)


def _told_below(reason: Reason) -> bool:
    """Tell whether the lines after a reason's text say all that it says."""
    fields = [field.field for field in reason.fields]
    named = fields or ([reason.via] if reason.via else [])
    return reason.code == _NEW or bool(named and all(name in reason.text for name in named))


def _field(field: FieldChange, style: Style) -> str:
    where = f"   {_place(field.place)}" if field.place else ""
    room = max((style.width - len(field.field) - len(where) - 10) // 2, 20)
    old, new = (flat(value) or "unset" for value in (field.old, field.new))
    start = _difference(old, new) if fit(old, room, style) == fit(new, room, style) else 0
    lead = style.ellipsis if start else ""
    old, new = (fit(lead + value[start:], room, style) for value in (old, new))
    return f"{flat(field.field)}: {old} {style.arrow} {new}{style.paint(where, Tone.DIM)}"


def _difference(old: str, new: str) -> int:
    """Return where to begin so that two long values that begin alike can be told apart."""
    same = next((n for n, pair in enumerate(zip(old, new, strict=False)) if len(set(pair)) > 1), 0)
    return max(same - _BEFORE, 0)


def _place(place: Place) -> str:
    return flat(f"({place.path}:{place.line})" if place.line else f"({place.path})")


def _because(via: str, origin: Change | None, style: Style) -> str:
    """Return the chain of causes in one line: what is next above, and what began it."""
    if origin is None:
        return f"because {via}"
    kept = origin.action is Action.KEEP
    began = "it is another one than before" if kept else _beginning(origin.reasons, style)
    if origin.label == via:
        return f"because {via}: {began}"
    return f"because {via}, and that because {origin.label}: {began}"


def _beginning(reasons: Sequence[Reason], style: Style) -> str:
    field = next((field for reason in reasons for field in reason.fields), None)
    if field:
        return _field(field, Style(style.width, unicode=style.unicode))
    return next((flat(reason.text) for reason in reasons if reason.text), "it changes")
