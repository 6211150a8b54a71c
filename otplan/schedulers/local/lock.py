"""The lock of a queue's one runner: the kernel keeps it, so it ends with its process."""

from __future__ import annotations

import fcntl
from pathlib import Path


def path(folder: str) -> Path:
    """Return the file that is locked."""
    return Path(folder) / "runner.lock"


def take(lock: int) -> bool:
    """Take the lock of an open file; tell whether nobody had it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def leave(lock: int) -> None:
    """Let go of the lock."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def taken(folder: str) -> bool:
    """Tell whether a runner works on the queue of a folder now."""
    if not path(folder).exists():
        return False
    with path(folder).open("rb") as opened:
        return not take(opened.fileno())
