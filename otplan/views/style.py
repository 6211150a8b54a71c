"""What a reader's terminal can show: its columns, colours, and characters beyond ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """A way to dress text, as the number of its ANSI sequence (ECMA-48, SGR).

    It never carries meaning alone: what is red also says so in words.
    """

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


@dataclass(frozen=True, slots=True)
class Style:
    """How text is drawn: at most `width` columns where it can be folded, with or without colour.

    `unicode` allows the few characters beyond ASCII that otplan writes itself.
    """

    width: int = 80
    color: bool = False
    unicode: bool = False

    @property
    def arrow(self) -> str:
        """Return what stands between old and new."""
        return "→" if self.unicode else "->"

    @property
    def ellipsis(self) -> str:
        """Return what stands for what was cut away."""
        return "…" if self.unicode else "..."

    @property
    def plus_minus(self) -> str:
        """Return what stands between a value and its standard error."""
        return "±" if self.unicode else "+-"

    def paint(self, text: str, *tones: Tone) -> str:
        """Return the text in these tones, or as it is where there is no colour."""
        if not (self.color and text and tones):
            return text
        return f"\x1b[{';'.join(tone.value for tone in tones)}m{text}\x1b[0m"
