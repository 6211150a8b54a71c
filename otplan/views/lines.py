"""Lines of text, measured in the columns that a terminal gives them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from textwrap import TextWrapper, dedent
from unicodedata import combining, east_asian_width

from otplan.views.style import Style, Tone


def clean(text: str) -> str:
    r"""Return the text with every control character made visible, but for line breaks.

    What comes from a file, a log or a queue must not move the cursor or forge a line: an escape
    becomes `\x1b`, a tab one space, so that a caret below the line still points right.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def flat(text: str) -> str:
    """Return the text cleaned and on one line."""
    return clean(" ".join(text.splitlines()))


def columns(text: str) -> int:
    """Return how many columns a cleaned line takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_breadth, text))


def fit(text: str, width: int, style: Style) -> str:
    """Return the text cut to `width` columns, the cut marked."""
    if columns(text) <= width:
        return text
    room = width - len(style.ellipsis)
    if room < 1:
        return style.ellipsis[: max(width, 0)]
    return _head(text, room) + style.ellipsis


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return the text filled with spaces up to `width` columns, pushed to the right if asked."""
    gap = " " * (width - columns(text))
    return gap + text if right else text + gap


def wrap(text: str, indent: str, style: Style) -> list[str]:
    """Return the lines of prose, each with the indent, folded at spaces to the style's width.

    A line that starts with a space is kept whole: it is something to type or to quote.
    """
    lines = []
    for line in clean(text).splitlines():
        if line.startswith(" ") or columns(line) + len(indent) <= style.width:
            lines.append(indent + line)
        else:
            lines += _fold(line, indent, style.width)
    return lines


def mend(words: str, indent: str, style: Style) -> Iterator[str]:
    """Yield the lines of what to do: sentences folded, and what is to be typed as it is."""
    for line in clean(words).splitlines():
        told = line.strip()
        parts = wrap(told, indent, style) if told.endswith(".") else [told]
        yield from (indent + style.paint(part.strip(), Tone.CYAN) for part in parts)


def advice(words: str, indent: str, style: Style) -> list[str]:
    """Return the lines of a help: the first is prose, those below are something to type."""
    first, _, rest = words.partition("\n")
    prose = wrap(f"help: {first}", indent, style) if first else []
    return [*prose, *(f"{indent}  {line}".rstrip() for line in clean(dedent(rest)).splitlines())]


def _visible(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    return " " if character == "\t" else ascii(character)[1:-1]


@cache
def _breadth(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _head(text: str, room: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _breadth(character)
        if used > room:
            return text[:position]
    return text


def _fold(line: str, indent: str, width: int) -> list[str]:
    return TextWrapper(
        width=max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).wrap(line)
