"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection

_MANY = 300
_SHOWN = 12


def closest(word: str, options: Collection[str]) -> str:
    """Return the option most like a word, empty where none is near.

    Among very many options only those of the same start are compared, which keeps a manifest
    with hundreds of misspelt names within a second.
    """
    if len(options) > _MANY:
        options = [option for option in options if option[:1].lower() == word[:1].lower()]
        options = sorted(options, key=lambda option: abs(len(option) - len(word)))[:_MANY]
    lowered = {option.lower(): option for option in options}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def mend(word: str, options: Collection[str], known: str) -> str:
    """Return `Did you mean …?`, or what is known where nothing is near."""
    if near := closest(word, options):
        return f"Did you mean `{near}`?"
    if not options:
        return f"There are no {known} here."
    shown = ", ".join(f"`{option}`" for option in sorted(options)[:_SHOWN])
    more = f" and {len(options) - _SHOWN} more" if len(options) > _SHOWN else ""
    return f"The {known} here are {shown}{more}."
