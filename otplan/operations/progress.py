"""What an operation tells while it works; nobody who listens decides anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Said:
    """One line worth showing: which stage, and what is happening to it.

    What is merely `passing` is worth it only where nothing else was shown for a while.
    """

    label: str
    text: str
    passing: bool = False


class Progress(Protocol):
    """A listener."""

    def tell(self, said: Said) -> None:
        """Hear one thing."""
        ...

    def stopped(self) -> bool:
        """Tell whether a person asked to stop; the current call is still finished."""
        ...


class Silent:
    """Listen to nothing, and never stop."""

    def tell(self, said: Said) -> None:
        """Let it pass."""

    def stopped(self) -> bool:
        """Go on."""
        return False
