"""What can go wrong with a database file, in words (https://sqlite.org/rescode.html)."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from otplan.errors import OtplanError, Unreachable


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is wrong, said after the file's name, and what to do. `passing`: later may do."""

    wrong: str
    mend: str
    passing: bool = False


_LOCKED = _Trouble(
    "is locked by another process, and stayed so",
    "Try again; if it stays locked, a command that uses it hangs, maybe on another node: end it.",
    passing=True,
)
_FULL = _Trouble(
    "cannot grow: the disk or the quota is full",
    "Make room, then give the same command again; all that was written before is still there.",
)
_CLOSED = _Trouble(
    "may not be written by you",
    "Ask its owner for the right to write the file and its folder, or name another with `state:`.",
)
_BARRED = _Trouble(
    "is in a folder that you may not enter, or not write",
    "Ask the folder's owner for the right, or name another place with `state:`.",
    passing=True,
)
_OUT_OF_REACH = _Trouble(
    "cannot be opened",
    "Look whether it is a file that you may read, in a folder that you may enter.",
    passing=True,
)
_FOLDER = _Trouble(
    "is a folder",
    "Name a file with `state:`; it need not be there yet.",
)
_FAULTY = _Trouble(
    "cannot be read or written: its file system reports an error",
    "Look at the file system and your quota, then give the same command again.",
    passing=True,
)
_LOCKLESS = _Trouble(
    "cannot be locked: its file system has no locks",
    "Name a place on another file system with `state:`, or have this one mounted with `flock`.",
)
_DAMAGED = _Trouble(
    "is damaged, or is not a database at all",
    "Move it aside and put back a copy of it; what runs is not touched by this.",
)
_CUT_SHORT = _Trouble(
    "was left by a command that was killed while writing, and you may not write it",
    "Have somebody who may write it run any otplan command on this manifest: that mends it.",
    passing=True,
)

_BY_CODE: Mapping[int, _Trouble] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_READONLY_ROLLBACK: _CUT_SHORT,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _OUT_OF_REACH,
    sqlite3.SQLITE_PROTOCOL: _LOCKLESS,
    sqlite3.SQLITE_IOERR: _FAULTY,
    sqlite3.SQLITE_IOERR_LOCK: _LOCKLESS,
    sqlite3.SQLITE_IOERR_RDLOCK: _LOCKLESS,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

_BY_ERRNO: Mapping[int, _Trouble] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _BARRED,
    errno.EPERM: _BARRED,
    errno.EROFS: _CLOSED,
    errno.EISDIR: _FOLDER,
}

_PRIMARY = 0xFF
"""An extended result code holds the primary one in its low byte."""


def told(name: str, error: sqlite3.Error | OSError) -> OtplanError | None:
    """Return the error to raise for the file called `name`; None where it is no file's trouble."""
    if isinstance(error, OSError):
        trouble = _BY_ERRNO.get(error.errno or 0, _OUT_OF_REACH)
    else:
        code = getattr(error, "sqlite_errorcode", 0)
        found = _BY_CODE.get(code) or _BY_CODE.get(code & _PRIMARY)
        if found is None:
            return None
        trouble = found
    kind = Unreachable if trouble.passing else OtplanError
    return kind(f"the {name} {trouble.wrong} ({error})", trouble.mend)


def newer(name: str, version: int, known: int) -> OtplanError:
    """Return the refusal of a file whose tables a later otplan made."""
    return OtplanError(
        f"the {name} has version {version}; this otplan knows versions up to {known}",
        "Use the otplan that wrote it, or a later one.",
    )


def foreign(name: str) -> OtplanError:
    """Return the refusal of a database that otplan did not make."""
    return OtplanError(
        f"the {name} is a database of something else: it is left alone",
        "Name another place with `state:`.",
    )
