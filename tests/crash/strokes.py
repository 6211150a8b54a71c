"""Count the side effects of otplan in this process, and strike at one of them.

Nothing in otplan knows of it: the rows of its tables are replaced by counting proxies.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import Any, cast

from otplan.artifacts.table import ARTIFACTS
from otplan.catalogs.table import CATALOGS
from otplan.cli import planning
from otplan.load import lock
from otplan.operations import applying
from otplan.registries.table import REGISTRIES
from otplan.schedulers.table import SCHEDULERS
from otplan.shell import table as shells
from otplan.shell.here import Here

EFFECTS = {
    "shell": ("run", "write", "claim", "spawn"),
    "scheduler": ("submit", "change", "release", "cancel"),
    "registry": ("found", "own", "approve", "intend", "note", "busy", "free"),
    "artifacts": ("adopt",),
    "catalog": ("write",),
    "lock": ("write",),
    "code": ("export",),
    "plan": ("save",),
}
"""Everything that leaves a trace outside of the process, by what does it."""

CHANGING = ("ln", "mkdir", "mv", "rm")
"""Commands that change something; the others only look."""

FILE_EVENTS = ("os.link", "os.mkdir", "os.remove", "os.rename")
"""Audit events that change files, beside `open` (Python library, audit events table)."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """When to strike: before, while or after the nth of an effect; `delay` in seconds is for while.

    The effect `file` is any change of a file, from within any effect or beside them. `time`
    strikes `delay` seconds after the start. `signal` is what strikes, by its name, `times` times.
    """

    effect: str
    nth: int = 1
    moment: str = "before"
    delay: float = 0.0
    signal: str = "SIGKILL"
    times: int = 1

    def fall(self) -> None:
        """Strike this process."""
        for _ in range(self.times):
            os.kill(os.getpid(), signal.Signals[self.signal])

    def fall_later(self) -> Timer:
        """Strike from another thread, after the delay."""
        thread = Timer(self.delay, self.fall)
        thread.daemon = True
        thread.start()
        return thread


class Points:
    """The side effects so far, written down in a file; the stroke falls at one of them."""

    def __init__(self, stroke: Stroke | None, log: str) -> None:
        self._stroke = stroke
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._seen = 0

    def watch(self) -> None:
        """Put a proxy in front of everything that has effects, and begin to count."""
        for noun, table in (
            ("scheduler", SCHEDULERS),
            ("registry", REGISTRIES),
            ("catalog", CATALOGS),
            ("artifacts", ARTIFACTS),
        ):
            self._replace_makers(cast("Any", table), noun)
        self._replace(lock, "write", "lock.write")
        self._replace(applying, "export", "code.export")
        self._replace(planning, "save", "plan.save")
        vars(shells)["Here"] = lambda: Watched(Here(), self, "shell")
        if self._stroke and self._stroke.effect == "file":
            sys.addaudithook(self._audit)
        if self._stroke and self._stroke.effect == "time":
            self._stroke.fall_later()

    def of(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that is counted under a name."""

        @wraps(call)
        def counted(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - whatever the call takes
            if name == "shell.run" and args[0][0] not in CHANGING:
                return call(*args, **given)
            return self._counted(name, partial(call, *args, **given))

        return counted

    def _counted(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401
        stroke = self._due(name)
        self._write(f"{name} begins")
        if stroke and stroke.moment == "before":
            stroke.fall()
        thread = stroke.fall_later() if stroke and stroke.moment == "while" else None
        began = time.perf_counter()
        try:
            return call()
        finally:
            self._write(f"{name} {time.perf_counter() - began:.6f}")
            if thread:
                thread.join()
            if stroke and stroke.moment == "after":
                stroke.fall()

    def _due(self, name: str) -> Stroke | None:
        """Return the stroke where it is to fall now."""
        if self._stroke is None or self._stroke.effect != name:
            return None
        self._seen += 1
        return self._stroke if self._seen == self._stroke.nth else None

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count the changes of files: each is told before it happens."""
        if (event in FILE_EVENTS or _opens(event, arguments)) and (stroke := self._due("file")):
            self._write(f"file {event} {arguments[0]!s}".replace("\n", " "))
            stroke.fall()

    def _replace_makers(self, table: MutableMapping[str, Callable[..., Any]], noun: str) -> None:
        for name, make in tuple(table.items()):
            table[name] = lambda *given, make=make: Watched(make(*given), self, noun)

    def _replace(self, module: ModuleType, call: str, name: str) -> None:
        vars(module)[call] = self.of(name, vars(module)[call])

    def _write(self, line: str) -> None:
        os.write(self._log, f"{line}\n".encode())


class Watched:
    """Something whose effects are counted; the rest passes through."""

    def __init__(self, inner: object, points: Points, noun: str) -> None:
        self._inner = inner
        self._points = points
        self._noun = noun

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is
        """Return what the inner one has."""
        found = getattr(self._inner, name)
        counts = name in EFFECTS[self._noun]
        return self._points.of(f"{self._noun}.{name}", found) if counts else found


def durations(log: str) -> tuple[tuple[str, float], ...]:
    """Read which effects ended, and how many seconds each took."""
    lines = (line.rsplit(" ", 1) for line in Path(log).read_text().splitlines())
    return tuple((name, float(end)) for name, end in lines if end[0].isdigit())


def _opens(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a file is opened to be written, by its name."""
    if event != "open" or isinstance(arguments[0], int):
        return False
    return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
