"""The machine otplan runs on, as a Shell."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from otplan.errors import OtplanError, Unclear
from otplan.shell import files, processes
from otplan.shell.protocol import Completed, ProcessId


class Here:
    """Commands and files of the machine otplan runs on."""

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        """Run an argv to its end, in a session of its own: Ctrl-C does not reach it.

        Raise Unclear after `timeout` seconds (it may have worked), and OtplanError where
        there is no such command.
        """
        with _popen(argv) as process:
            try:
                out, err = process.communicate(stdin, timeout)
            except subprocess.TimeoutExpired as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise Unclear(
                    f"no answer from `{shlex.join(argv)}` within {timeout:g} s",
                    "It may have worked all the same; the next plan looks.",
                ) from error
        return Completed(process.returncode, out, err)

    def variables(self) -> frozenset[str]:
        """Return the names in the environment that `run` gives a command."""
        return frozenset(os.environ)

    def read(self, paths: Sequence[str], *, limit: int = 1 << 20) -> Mapping[str, bytes | None]:
        """Return the first `limit` bytes of each regular file; None where there is none.

        Raise Unreachable where one is there and cannot be read.
        """
        contents = {}
        for path in paths:
            with files.reading(path):
                contents[path] = files.content(Path(path), limit)
        return contents

    def sizes(self, paths: Sequence[str]) -> Mapping[str, int | None]:
        """Return bytes of each file, or of all regular files below a folder; None where absent.

        Raise Unreachable where a folder cannot be read.
        """
        sizes = {}
        for path in paths:
            with files.reading(path):
                sizes[path] = files.size(Path(path))
        return sizes

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder, none where it is absent.

        Raise Unreachable where it cannot be read.
        """
        with files.reading(folder):
            try:
                return tuple(sorted(path.name for path in Path(folder).iterdir()))
            except (FileNotFoundError, NotADirectoryError):
                return ()

    def write(self, folder: str, files: Mapping[str, bytes], *, executable: bool = False) -> None:
        """Put files below a folder, made if missing; each whole, and there after a crash.

        Raise OtplanError where the disk is full or may not be written.
        """
        _write(Path(folder), files, 0o777 if executable else 0o666)

    def claim(self, path: str, content: bytes) -> bool:
        """Create a file whole, only if it is not there; tell whether it was us.

        Raise OtplanError where the disk is full or may not be written.
        """
        with files.writing(path):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            ours = files.claim(Path(path), content)
            files.remember(Path(path).parent)
        return ours

    def link(self, folder: str, names: Mapping[str, str]) -> None:
        """Make symbolic links in a folder, name to target, each in place of what it was.

        Raise OtplanError where the disk is full or may not be written.
        """
        for name, target in names.items():
            with files.writing(f"{folder}/{name}"):
                files.point(Path(folder) / name, target)

    def spawn(self, argv: Sequence[str], log: str) -> ProcessId:
        """Start a command that outlives us and the terminal, its output appended to `log`.

        Raise OtplanError where the log cannot be written.
        """
        with files.writing(log):
            Path(log).parent.mkdir(parents=True, exist_ok=True)
            return _identity(processes.start(argv, log))

    def alive(self, process: ProcessId) -> bool | None:
        """Tell whether that very process lives; None where it is of another host."""
        if process.host != os.uname().nodename:
            return None
        if process.boot != processes.boot():
            return False
        return processes.started(process.pid) == process.started

    def me(self) -> ProcessId:
        """Return this process, as `alive` will know it again."""
        return _identity(os.getpid())


def _popen(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
    except OSError as error:
        message = f"`{argv[0]}` cannot be run here: {error.strerror}"
        raise OtplanError(message, "Install it, or put its folder on PATH.") from error


def _write(folder: Path, contents: Mapping[str, bytes], mode: int) -> None:
    paths = {folder / name: content for name, content in contents.items()}
    for path, content in paths.items():
        with files.writing(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            files.place(path, content, mode)
    for parent in sorted({path.parent for path in paths}):
        with files.writing(str(parent)):
            files.remember(parent)


def _identity(pid: int) -> ProcessId:
    # A command may be over before we look: nothing ever starts at -1, so it counts as gone.
    started = processes.started(pid)
    return ProcessId(os.uname().nodename, processes.boot(), pid, -1 if started is None else started)
