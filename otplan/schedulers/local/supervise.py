"""Start one script, once, and write down how it ended, whatever becomes of the runner.

    python -I -S supervise.py BASE SECONDS GRACE LOG FOLDER SCRIPT

It stands alone and imports only what starts within ten milliseconds: no pathlib, no otplan.
See traces.py for the files it leaves.
"""
# pathlib would double the time it takes to start:
# ruff: noqa: PTH103, PTH105, PTH108, PTH120

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress


def main(base: str, limits: tuple[float, float], log: str, folder: str, script: str) -> None:
    """Run `bash SCRIPT` in a folder, its output appended to a log, and leave its traces at BASE.

    `limits` are seconds until SIGTERM (0: never), and from there until SIGKILL.
    """
    lock = _claim(f"{base}.start")
    if lock is None:
        return
    try:
        os.chdir(folder)
        child = _start(script, log)
    except OSError as error:
        _tell(f"{base}: {error}")
        _write(f"{base}.end", "FAILED", 127, 0)
        return
    os.write(lock, f"{child}\n".encode())
    clock = _Clock(child, *limits)
    _, status = os.waitpid(child, 0)
    clock.stop()
    _signal(child, signal.SIGKILL)  # what the script left behind
    code = os.waitstatus_to_exitcode(status)
    state = "TIMEOUT" if clock.rang else "FAILED" if code else "COMPLETED"
    _write(f"{base}.end", state, max(code, 0), max(-code, 0))


def _claim(path: str) -> int | None:
    """Return the locked trace of a start, or None where another one was first."""
    mine = f"{path}.{os.getpid()}"
    lock = os.open(mine, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    # Locked before anybody can see it, and inherited by the script.
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)  # noqa: FBT003 - its only argument
    try:
        os.link(mine, path)
    except FileExistsError:
        return None
    finally:
        os.unlink(mine)
    return lock


def _start(script: str, log: str) -> int:
    os.makedirs(os.path.dirname(log), exist_ok=True)
    output = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    return os.posix_spawnp(
        "bash",
        ["bash", script],
        os.environ,
        file_actions=[output, (os.POSIX_SPAWN_DUP2, 1, 2)],
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores them; programs expect them
    )


class _Clock:
    """Ring when the time is up: SIGTERM to the script's group, then SIGKILL."""

    def __init__(self, group: int, seconds: float, grace: float) -> None:
        self.group = group
        self.grace = grace
        self.rang = False
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def _ring(self, *_: object) -> None:
        _signal(self.group, signal.SIGKILL if self.rang else signal.SIGTERM)
        self.rang = True
        signal.setitimer(signal.ITIMER_REAL, self.grace)

    def stop(self) -> None:
        """Ring no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)


def _signal(group: int, number: signal.Signals) -> None:
    # Nothing may be left of it; macOS says so of zombies in the second way.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _write(path: str, state: str, code: int, number: int) -> None:
    """Write how it ended, however long the disk stays full: the news may be late, never lost."""
    line = f"{state} {code} {number} {int(time.time())}\n".encode()
    while True:
        try:
            return _place(path, line)
        except FileNotFoundError:
            return None  # the queue itself was deleted: nobody is left to tell
        except OSError as error:
            _tell(f"{path}: {error}")
            time.sleep(1)


def _tell(trouble: str) -> None:
    # The log is likely on the very disk that is full: to tell is a courtesy, to go on is not.
    with suppress(OSError):
        os.write(2, f"{trouble}\n".encode())


def _place(path: str, line: bytes) -> None:
    whole = f"{path}.{os.getpid()}"
    file = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)
    os.replace(whole, path)


if __name__ == "__main__":
    try:
        main(sys.argv[1], (float(sys.argv[2]), float(sys.argv[3])), *sys.argv[4:])
    except OSError as trouble:
        sys.exit(f"{sys.argv[1]}: not started: {trouble}")
