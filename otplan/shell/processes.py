"""Processes of this machine: start one detached, and tell it from a later one of its number.

It imports little, so that what is started with every job starts fast. It may be sent to a login
node whose Python is 3.6 (see program.py): nothing younger in here.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_started: list[subprocess.Popen[bytes]] = []


def run(argv: Sequence[str], stdin: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    """Run an argv to its end, in a session of its own: Ctrl-C does not reach it.

    Return its exit code (negative: the signal) and what it wrote. Raise TimeoutError after
    `timeout` seconds, when it is killed, and any other OSError where it cannot be started.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from error
    return process.returncode, out, err


def start(argv: Sequence[str], log: str, env: Mapping[str, str] | None = None) -> int:
    """Start a command that outlives us and the terminal; return its pid.

    Its output is appended to `log`, its input is empty, and it leads a session of its own.
    Raise OSError where the command or the log's folder is missing.
    """
    reap()
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            start_new_session=True,
        )
    finally:
        os.close(out)
    _started.append(child)
    return child.pid


def reap() -> None:
    """Let go of started commands that ended, so that none stays a zombie."""
    _started[:] = [child for child in _started if child.poll() is None]


def identity(pid: int) -> tuple[str, str, int, int]:
    """Return what tells a process from all others: host, boot, number, and when it started."""
    # A command may be over before we look: nothing ever starts at -1, so it counts as gone.
    began = started(pid)
    return os.uname().nodename, boot(), pid, -1 if began is None else began


def boot() -> str:
    """Return the id of this boot (proc_sys_kernel(5)); empty where there is no /proc."""
    return _BOOT.read_text().strip() if _BOOT.exists() else ""


def started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None where it is over.

    It is field 22 of /proc/<pid>/stat (proc_pid_stat(5)). Where there is no /proc, as on
    macOS, it is 0 for every living process: a recycled number is taken for the old process.
    """
    try:
        if not _BOOT.exists():
            os.kill(pid, 0)
            return 0
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name, field 2, may itself hold spaces and brackets.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])
