"""What a check of a cluster found: a line each, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otplan.core.check import Check, State
from otplan.core.units import count
from otplan.views import document
from otplan.views.lines import advice, flat
from otplan.views.style import Style, Tone

_TONES: Mapping[State, Tone] = {
    State.OK: Tone.GREEN,
    State.MISSING: Tone.RED,
    State.UNKNOWN: Tone.YELLOW,
    State.ADVICE: Tone.YELLOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    cluster: str
    checks: Sequence[Check]


def text(cluster: str, checks: Sequence[Check], style: Style) -> str:
    """Return a line for each check with what to do below it, and a summary."""
    widest = max((len(one.what) for one in checks), default=0)
    lines = [style.paint(cluster, Tone.BOLD), ""]
    for one in checks:
        state = style.paint(f"{one.state.value:<7}", _TONES[one.state])
        lines.append(f"  {state}  {one.what:<{widest}}  {flat(one.said)}")
        lines += advice(one.help, " " * 11, style) if one.help else []
    found = Counter(one.state for one in checks)
    missing, unknown = found[State.MISSING], found[State.UNKNOWN]
    verdict = f"{count(missing, 'thing')} missing" if missing else "Nothing is missing"
    doubt = f", {count(unknown, 'thing')} unknown" if unknown else ""
    return "\n".join([*lines, "", f"{verdict}{doubt}."]) + "\n"


def json(cluster: str, checks: Sequence[Check]) -> str:
    """Return a document with every check."""
    return document.encode(_Document(cluster=cluster, checks=checks))
