"""A host as a Shell, wherever it is: its deeds, and their troubles in words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, TypeVarTuple

from otplan.shell import deeds
from otplan.shell.protocol import Completed, ProcessId
from otplan.shell.words import reading, running, writing

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PATIENCE = 900.0
"""Seconds that files may take: a file system under load, or a code export over a slow line."""


class Host(ABC):
    """What otplan asks of a host, as deeds that `_do` does there.

    `_where` is the host in a sentence, `_prefix` what stands before its paths in a message.
    """

    _where = "here"
    _prefix = ""

    @abstractmethod
    def _do(self, patience: float, deed: Callable[[*Ts], T], *given: *Ts) -> T:
        """Return what a deed returns on that host, within `patience` seconds.

        Raise the deed's OSError, Unreachable where the host was not asked, and Unclear where a
        deed that must not be done twice may have been done.
        """

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        """Run an argv to its end, in a session of its own: Ctrl-C does not reach it.

        Raise Unclear after `timeout` seconds (it may have worked), and OtplanError where
        there is no such command.
        """
        with running(argv, timeout, self._where):
            return Completed(*self._do(timeout, deeds.run, list(argv), stdin, timeout))

    def variables(self) -> frozenset[str]:
        """Return the names in the environment that `run` gives a command."""
        return frozenset(self._do(PATIENCE, deeds.variables))

    def user(self) -> str:
        """Return who `run` runs commands as."""
        return self._do(PATIENCE, deeds.user)

    def read(
        self, paths: Sequence[str], *, limit: int = 1 << 20, start: int = 0
    ) -> Mapping[str, bytes | None]:
        """Return `limit` bytes of each regular file from `start` on; None where there is none.

        Raise Unreachable where one is there and cannot be read.
        """
        with reading(self._prefix):
            contents = self._do(PATIENCE, deeds.read, list(paths), limit, start)
        return dict(zip(paths, contents, strict=True))

    def sizes(self, paths: Sequence[str]) -> Mapping[str, int | None]:
        """Return bytes of each file, or of all regular files below a folder; None where absent.

        Raise Unreachable where a folder cannot be read.
        """
        with reading(self._prefix):
            return dict(zip(paths, self._do(PATIENCE, deeds.sizes, list(paths)), strict=True))

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder, none where it is absent.

        Raise Unreachable where it cannot be read.
        """
        with reading(self._prefix):
            return tuple(self._do(PATIENCE, deeds.names, folder))

    def write(self, folder: str, files: Mapping[str, bytes], *, executable: bool = False) -> None:
        """Put files below a folder, made if missing; each whole, and there after a crash.

        Raise OtplanError where the disk is full or may not be written.
        """
        mode = 0o777 if executable else 0o666
        with writing(self._prefix):
            self._do(PATIENCE, deeds.write, folder, list(files.items()), mode)

    def claim(self, path: str, content: bytes) -> bool:
        """Create a file whole, only if it is not there; tell whether it was us.

        Raise OtplanError where the disk is full or may not be written.
        """
        with writing(self._prefix):
            return self._do(PATIENCE, deeds.claim, path, content)

    def link(self, folder: str, names: Mapping[str, str]) -> None:
        """Make symbolic links in a folder, name to target, each in place of what it was.

        Raise OtplanError where the disk is full or may not be written.
        """
        with writing(self._prefix):
            self._do(PATIENCE, deeds.link, folder, list(names.items()))

    def spawn(self, argv: Sequence[str], log: str) -> ProcessId:
        """Start a command that outlives us and the terminal, its output appended to `log`.

        Raise OtplanError where the log cannot be written.
        """
        with writing(self._prefix):
            return ProcessId(*self._do(PATIENCE, deeds.spawn, list(argv), log))

    def alive(self, process: ProcessId) -> bool | None:
        """Tell whether that very process lives; None where it is of another host."""
        return self._do(
            PATIENCE, deeds.alive, process.host, process.boot, process.pid, process.started
        )

    def me(self) -> ProcessId:
        """Return the process that acts for us there, as `alive` will know it again."""
        return ProcessId(*self._do(PATIENCE, deeds.me))
