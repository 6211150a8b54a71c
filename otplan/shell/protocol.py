"""What a host must be able to do for otplan: run, read, write, spawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from otplan.core.values import Time


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended: exit code (negative: the signal), and all it wrote."""

    code: int
    out: bytes
    err: bytes


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process that can be told from a later one of the same number."""

    host: str
    boot: str
    pid: int
    started: Time


class Shell(Protocol):
    """One host. Every call has a timeout and raises Unreachable where nobody answers."""

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        """Run an argv to its end; raise Unclear after `timeout` seconds (it may have worked)."""
        ...

    def variables(self) -> frozenset[str]:
        """Return the names in the environment that `run` gives a command."""
        ...

    def user(self) -> str:
        """Return who `run` runs commands as: on another machine people have other names."""
        ...

    def read(
        self, paths: Sequence[str], *, limit: int = 1 << 20, start: int = 0
    ) -> Mapping[str, bytes | None]:
        """Return `limit` bytes of each file from `start` on, in one round trip; None: absent."""
        ...

    def sizes(self, paths: Sequence[str]) -> Mapping[str, int | None]:
        """Return bytes of each file, or of all regular files below a folder; None where absent."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder, none where it is absent."""
        ...

    def write(self, folder: str, files: Mapping[str, bytes], *, executable: bool = False) -> None:
        """Put files below a folder, made if missing; each whole or not at all (rename)."""
        ...

    def claim(self, path: str, content: bytes) -> bool:
        """Create a file whole, only if it is not there; tell whether it was us (ln, O_EXCL)."""
        ...

    def link(self, folder: str, names: Mapping[str, str]) -> None:
        """Make symbolic links in a folder, name to target, each in place of what it was."""
        ...

    def spawn(self, argv: Sequence[str], log: str) -> ProcessId:
        """Start a command that outlives us and the terminal, its output appended to `log`."""
        ...

    def alive(self, process: ProcessId) -> bool | None:
        """Tell whether that very process lives; None where this host cannot know."""
        ...

    def me(self) -> ProcessId:
        """Return the process that acts for us there, as `alive` will know it again."""
        ...
