"""A machine that is reached by ssh, as a Shell."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable

from otplan.errors import Unclear, Unreachable
from otplan.shell import deeds
from otplan.shell.connection import Connection, LostError
from otplan.shell.host import Host, T, Ts
from otplan.shell.words import UNCLEAR

MARGIN = 30.0
"""Seconds that an answer may be on its way: the deed's own time is counted there."""

RESTS = 30.0
"""Seconds in which a host that was not reached is not tried again: sites bar who knocks often."""

ONCE = frozenset(deed.__name__ for deed in (deeds.run, deeds.claim, deeds.spawn))
"""Deeds that may have been done where no answer came; any other can be done again."""


class Ssh(Host):
    """Commands and files of an ssh destination, over one connection for as long as it holds."""

    def __init__(self, host: str) -> None:
        """Take a destination as ssh(1) knows it: a name, `user@name` or a `Host` of ssh_config."""
        self._host = host
        self._where = f"on {host}"
        self._prefix = f"{host}:"
        self._connection: Connection | None = None
        self._refused: tuple[float, Unreachable] | None = None
        self._variables: frozenset[str] = frozenset()
        self._user = ""

    def variables(self) -> frozenset[str]:
        """Return the names in the environment that `run` gives a command; asked once."""
        self._variables = self._variables or super().variables()
        return self._variables

    def user(self) -> str:
        """Return who `run` runs commands as; asked once."""
        self._user = self._user or super().user()
        return self._user

    def _do(self, patience: float, deed: Callable[[*Ts], T], *given: *Ts) -> T:
        connection = self._connected()
        try:
            value, trouble = connection.ask(deed.__name__, given, patience + MARGIN)
        except LostError as lost:
            message = f"the connection to {self._host} broke: {lost}"
            if deed.__name__ in ONCE:
                raise Unclear(message, UNCLEAR) from lost
            raise Unreachable(message, "Run the same command again.") from lost
        if trouble:
            raise _error(*trouble)
        done: T = value
        return done

    def _connected(self) -> Connection:
        """Return the connection, made anew where it ended; raise Unreachable."""
        if self._connection is not None and self._connection.open:
            return self._connection
        if self._refused and time.monotonic() - self._refused[0] < RESTS:
            raise self._refused[1]
        try:
            self._connection = Connection(self._host)
        except Unreachable as refused:
            self._refused = time.monotonic(), refused
            raise
        return self._connection


def _error(name: str, words: str, path: str | None) -> OSError:
    """Return the error that a deed raised there; its number goes by this system's count."""
    return OSError(getattr(errno, name, 0), words, path)
