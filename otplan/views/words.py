"""Numbers, times and lists in people's words."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from time import localtime, strftime

from otplan.core.units import clock
from otplan.core.values import Time, Value, canonical

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_HOUR = 3_600
_FEW = 10
"""Below this, a number of hours is told with one decimal."""


def duration(seconds: int) -> str:
    """Return the two largest units of a time span: `45s`, `3m 12s`, `2h 5m`, `1d 3h`."""
    rest = max(seconds, 0)
    for place, (unit, size) in enumerate(_UNITS[:-1]):
        if rest >= size:
            below, length = _UNITS[place + 1]
            small = rest % size // length
            return f"{rest // size}{unit} {small}{below}" if small else f"{rest // size}{unit}"
    return f"{rest}s"


def spent(seconds: int, limit: int) -> str:
    """Return `1:12 of 24:00:00`, without a limit that is not known; nothing if it never ran."""
    if limit:
        return f"{clock(seconds)} of {clock(limit)}"
    return clock(seconds) if seconds else ""


def wall(then: Time) -> str:
    """Return a moment of today by the clock on the wall: `14:05:10`."""
    return strftime("%H:%M:%S", localtime(then))


def moment(then: Time, now: Time) -> str:
    """Return when something is, by the clock on the wall: `14:05`, `Fri 14:05`, `12-03 14:05`."""
    here, today = localtime(then), localtime(now)
    if here[:3] == today[:3]:
        return strftime("%H:%M", here)
    return strftime("%a %H:%M" if 0 <= then - now < 6 * 86_400 else "%m-%d %H:%M", here)


def ago(then: Time, now: Time) -> str:
    """Return how long ago a moment was, in its largest unit: `2h ago`, `in 5m`, `now`."""
    if then == now:
        return "now"
    span = duration(abs(now - then)).partition(" ")[0]
    return f"{span} ago" if then < now else f"in {span}"


def coming(then: Time, now: Time) -> str:
    """Return when something is expected: `in 2h`, `soon` where the guess is past; else nothing."""
    if not then:
        return ""
    return ago(then, now) if then > now else "soon"


def hours(seconds: int) -> str:
    """Return hours as a number: `1,152`, `2.5`; anything above nothing is at least `0.1`."""
    number = seconds / _HOUR
    if number >= _FEW or number == int(number):
        return f"{number:,.0f}"
    return f"{max(number, 0.1):.1f}".removesuffix(".0")


def ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as Slurm writes the elements of an array: `0-3,7`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def listing(names: Sequence[str], most: int = 3) -> str:
    """Return `a, b and c`, or `a, b, c and 7 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([part for part in (", ".join(names[:-1]), *names[-1:]) if part])


def measured(value: float, error: float, plus_minus: str) -> str:
    """Return a value as exact as its standard error: `2.874 ± 0.028`."""
    digits = max(1 - floor(log10(error)), 0)
    return f"{value:.{digits}f} {plus_minus} {error:.{digits}f}"


def short(value: Value) -> str:
    """Return a value as a cell of a table shows it: floats with four digits, absence as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}"
        case str() | int():
            return str(value)
        case _:
            return canonical(value)
