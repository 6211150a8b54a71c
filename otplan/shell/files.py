"""Files of this machine: whole or not at all, and sized without following links.

It may be sent to a login node whose Python is 3.6 (see program.py): nothing younger in here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

_ABSENT = (FileNotFoundError, NotADirectoryError)


def content(path: Path, limit: int, start: int) -> bytes | None:
    """Return `limit` bytes of a regular file from `start` on; None where there is none."""
    try:
        # O_NONBLOCK: a pipe somebody left there must not hang us.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except _ABSENT:
        return None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return None
    with os.fdopen(file, "rb") as opened:
        opened.seek(start)
        return opened.read(limit)


def size(path: Path) -> int | None:
    """Return the bytes of a regular file, or of all below a folder; None where absent.

    No link is followed: what it points to may be elsewhere, counted already, or a loop.
    """
    try:
        found = path.lstat()
    except _ABSENT:
        return None
    if stat.S_ISREG(found.st_mode):
        return found.st_size
    return sum(_below(path)) if stat.S_ISDIR(found.st_mode) else 0


def _below(folder: Path) -> Iterator[int]:
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False).st_size


def names(folder: Path) -> list[str]:
    """Return the sorted names in a folder, none where it is absent."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except _ABSENT:
        return []


def place(path: Path, written: bytes, mode: int) -> None:
    """Put a file where it belongs, whole; what was there before is replaced."""
    with _beside(path, written, mode) as whole:
        whole.replace(path)


def claim(path: Path, written: bytes) -> bool:
    """Create a file, whole, only if it is not there; tell whether it was us."""
    with _beside(path, written, 0o666) as whole:
        try:
            os.link(whole, path)
        except FileExistsError:
            # Over NFS a link may be made and its reply lost: open(2), O_EXCL.
            return whole.stat().st_nlink > 1
    return True


def point(path: Path, target: str) -> None:
    """Make a symbolic link, in place of what was there."""
    fresh = path.with_name(f".{path.name[:100]}.{token_hex(6)}")
    fresh.symlink_to(target)
    fresh.replace(path)


def remember(folder: Path) -> None:
    """Make the names in a folder survive a crash of the machine: fsync(2)."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _beside(path: Path, written: bytes, mode: int) -> Iterator[Path]:
    whole = path.with_name(f".{path.name[:100]}.{token_hex(6)}")
    try:
        file = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(file, "wb") as opened:
            opened.write(written)
            opened.flush()
            os.fsync(file)
        yield whole
    finally:
        with suppress(FileNotFoundError):
            whole.unlink()
