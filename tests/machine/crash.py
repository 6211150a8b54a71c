"""A process that dies, or is overtaken, at one of its side effects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from otplan.errors import OtplanError

T = TypeVar("T")

EFFECTS = frozenset(
    {
        *("found", "own", "approve", "intend", "note", "busy", "free"),
        *("submit", "change", "release", "cancel"),
        *("write", "claim"),
    }
)
"""What registry, scheduler, shell and catalog do to the world."""


class Crash(BaseException):
    """The process is gone: nothing of it catches this, and nothing it does counts any more."""


class Fuse:
    """Counts side effects and, at the one numbered `at`, kills the process or lets others act.

    With `meanwhile`, that is called once there and the process lives on; else it dies there.
    `after` says on which side of the effect. 0 never burns down.
    """

    def __init__(
        self, at: int = 0, *, after: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> None:
        self._left = at
        self._after = after
        self._meanwhile = meanwhile
        self.dead = False

    def alive(self) -> None:
        """Raise Crash in a process that is dead."""
        if self.dead:
            raise Crash

    def burn(self, effect: Callable[[], T]) -> T:
        """Let one effect happen, or not."""
        self.alive()
        self._left -= 1
        if self._left:
            return effect()
        if self._meanwhile is None:
            self._die(effect)
        return self._between(effect, self._meanwhile or _nothing)

    def _die(self, effect: Callable[[], object]) -> None:
        if self._after:
            with suppress(OtplanError):
                effect()
        self.dead = True
        raise Crash

    def _between(self, effect: Callable[[], T], meanwhile: Callable[[], None]) -> T:
        if not self._after:
            meanwhile()
            return effect()
        done = effect()
        meanwhile()
        return done


def _nothing() -> None:
    """Let nobody act."""


class Guarded:
    """Anything whose effects are counted by a fuse; what only asks passes, while we live."""

    def __init__(self, target: object, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> object:
        self._fuse.alive()
        found = getattr(self._target, name)
        if name not in EFFECTS:
            return found
        return lambda *args, **named: self._fuse.burn(lambda: found(*args, **named))
