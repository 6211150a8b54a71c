"""What supervisors leave in the queue's folder: that a script was started, and how it ended.

`jobs/<key>.start` is made once, whole, and never deleted: no script starts twice. It names the
script's process group, and is locked (flock(2)) by the supervisor and by the script itself, so
the kernel knows whether anything of the job still lives, over restarts and over NFS alike.
`jobs/<key>.end` is made, whole, when the script has ended.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from otplan.schedulers.local.entries import Ending, Entry
from otplan.shell import files, processes

SUPERVISOR = str(Path(__file__).with_name("supervise.py"))


def base(folder: str, key: str) -> Path:
    """Return the path that the traces of an entry begin with."""
    return Path(folder) / "jobs" / key


def judge(folder: str, entry: Entry) -> Ending | None:
    """Return how a started entry ended; None while it runs, or where nobody here can know."""
    path = base(folder, entry.key)
    told = _told(path)
    if told or entry.host != os.uname().nodename:
        return told
    if entry.boot == processes.boot() and (not is_started(path) or _locked(path)):
        return None
    # It may have ended while we looked; else it died with its supervisor, or its machine.
    return _told(path) or Ending("NODE_FAIL")


def is_started(path: Path) -> bool:
    """Tell whether a supervisor came up for an entry, or `void` kept it from doing so."""
    return path.with_name(f"{path.name}.start").exists()


def void(path: Path) -> None:
    """Keep a supervisor that is still on its way from starting the script."""
    files.claim(path.with_name(f"{path.name}.start"), b"")


def group(path: Path) -> int | None:
    """Return the process group of a script that runs here; None before it has one, and after."""
    if not is_started(path) or not _locked(path):
        return None
    text = path.with_name(f"{path.name}.start").read_text()
    return int(text) if text.endswith("\n") else None


def _told(path: Path) -> Ending | None:
    with suppress(FileNotFoundError):
        state, *numbers = path.with_name(f"{path.name}.end").read_text().split()
        return Ending(state, *map(int, numbers))
    return None


def _locked(path: Path) -> bool:
    with path.with_name(f"{path.name}.start").open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
