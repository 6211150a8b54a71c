"""What a host can be asked to do, as functions of plain values: the same here and over ssh.

What goes wrong is raised as the OSError it is, its `filename` what a person should look at.
It may be sent to a login node whose Python is 3.6 (see program.py): nothing younger in here.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from otplan.shell import files, processes


def run(argv: Sequence[str], stdin: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    """Run an argv to its end; raise TimeoutError after `timeout` seconds."""
    return processes.run(argv, stdin, timeout)


def variables() -> list[str]:
    """Return the names in the environment that `run` gives a command."""
    return list(os.environ)


def user() -> str:
    """Return who `run` runs commands as: a name, or the number of one that has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def read(paths: Sequence[str], limit: int, start: int) -> list[bytes | None]:
    """Return `limit` bytes of each regular file from `start` on; None where there is none."""
    contents = []
    for path in paths:
        with _deepest(path):
            contents.append(files.content(Path(path), limit, start))
    return contents


def sizes(paths: Sequence[str]) -> list[int | None]:
    """Return bytes of each file, or of all regular files below a folder; None where absent."""
    found = []
    for path in paths:
        with _deepest(path):
            found.append(files.size(Path(path)))
    return found


def names(folder: str) -> list[str]:
    """Return the sorted names in a folder, none where it is absent."""
    with _deepest(folder):
        return files.names(Path(folder))


def write(folder: str, contents: Sequence[tuple[str, bytes]], mode: int) -> None:
    """Put files below a folder, made if missing; each whole, and there after a crash."""
    paths = [(Path(folder) / name, content) for name, content in contents]
    for path, content in paths:
        with _meant(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            files.place(path, content, mode)
    for parent in sorted({path.parent for path, _ in paths}):
        with _meant(str(parent)):
            files.remember(parent)


def claim(path: str, content: bytes) -> bool:
    """Create a file whole, only if it is not there; tell whether it was us."""
    with _meant(path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        ours = files.claim(Path(path), content)
        files.remember(Path(path).parent)
    return ours


def link(folder: str, targets: Sequence[tuple[str, str]]) -> None:
    """Make symbolic links in a folder, name to target, each in place of what it was."""
    for name, target in targets:
        path = Path(folder) / name
        with _meant(str(path)):
            files.point(path, target)


def spawn(argv: Sequence[str], log: str) -> tuple[str, str, int, int]:
    """Start a command that outlives us; return its identity."""
    with _meant(log):
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        return processes.identity(processes.start(argv, log))


def alive(host: str, boot: str, pid: int, started: int) -> bool | None:
    """Tell whether that very process lives; None where it is of another host."""
    if host != os.uname().nodename:
        return None
    return boot == processes.boot() and processes.started(pid) == started


def me() -> tuple[str, str, int, int]:
    """Return the identity of this process."""
    return processes.identity(os.getpid())


DEEDS: dict[str, Callable[..., Any]] = {
    deed.__name__: deed
    for deed in (
        *(run, variables, user, read, sizes, names, write, claim, link),
        *(spawn, alive, me),
    )
}
"""By name, for who asks from another machine."""


@contextmanager
def _deepest(path: str) -> Iterator[None]:
    """Name what cannot be read, below a path or the path itself."""
    try:
        yield
    except OSError as error:
        error.filename = os.fspath(error.filename or path)
        raise


@contextmanager
def _meant(path: str) -> Iterator[None]:
    """Name the file that cannot be written, and not the one that is written beside it first."""
    try:
        yield
    except OSError as error:
        error.filename = path
        raise
