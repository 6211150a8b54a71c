"""Amounts in people's words: how long, how much memory, how many."""

from __future__ import annotations

_GIBIBYTE = 1024


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 job`, `1,152 jobs`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def clock(seconds: int) -> str:
    """Return a time span as time limits are written: `1:12` is minutes, `24:00:00` has hours."""
    minutes, rest = divmod(max(seconds, 0), 60)
    over, minutes = divmod(minutes, 60)
    return f"{over}:{minutes:02}:{rest:02}" if over else f"{minutes}:{rest:02}"


def mebibytes(amount: int) -> str:
    """Return an amount of memory: `267 MiB`, `15.5 GiB`."""
    return f"{amount:,} MiB" if amount < _GIBIBYTE else f"{amount / _GIBIBYTE:,.1f} GiB"
