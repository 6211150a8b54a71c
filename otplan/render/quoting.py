"""How values become shell: quoted, whatever they are, unless a template marks them as raw text."""

from __future__ import annotations

import re
import shlex

from otplan.core.values import Value
from otplan.errors import OtplanError

_VARIABLE = re.compile(r"([$][A-Za-z_][A-Za-z0-9_]*|[$]{[A-Za-z_][A-Za-z0-9_]*})")


class Raw(str):
    """Text that a template vouches for: it stands in the script as it is."""

    __slots__ = ()


def quoted(value: Value) -> str:
    """Return a value as one shell word, a list or tuple as its words, Raw as it is.

    Raise OtplanError for what has no text in a shell: null, booleans, mappings, NUL.
    """
    match value:
        case Raw():
            return value
        case str():
            return _word(value)
        case list() | tuple():
            return " ".join(map(quoted, value))
        case int() | float() if not isinstance(value, bool):
            return str(value)
        case _:
            # An undefined name raises here what it is called.
            raise OtplanError(f"A template writes `{value}`, which is neither text nor a number.")


def raw(text: str) -> Raw:
    """Mark text as shell of a template's own: the filter `raw`."""
    return Raw(text)


def line(value: Value) -> Raw:
    """Return a value as the rest of a comment line: the filter `line`.

    What could end the line, or does not print, becomes `?`.
    """
    return Raw("".join(char if char.isprintable() else "?" for char in str(value)))


def expanded(value: str) -> Raw:
    """Return a word in which `$NAME` and `${NAME}` are variables of the job: the filter `expanded`.

    The job ends where such a variable is not set; all else is quoted.
    """
    words = (
        f'"${{{part.strip("${}")}:?is not set, and the cluster file names it}}"'
        if _VARIABLE.fullmatch(part)
        else _word(part)
        for part in _VARIABLE.split(value)
        if part
    )
    return Raw("".join(words) or "''")


def _word(text: str) -> str:
    if "\0" in text:
        raise OtplanError(
            f"The value {text!r} holds a NUL character, which no program can be given.",
            "Take it out of the manifest.",
        )
    return shlex.quote(text)
