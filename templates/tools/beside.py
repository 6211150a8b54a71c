"""What every tool stands on: what it is told, how it ends, and processes that end with it.

Imported by the tools beside it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Mapping, NoReturn, Optional, Sequence

STOPPED = 75
"""The exit code of a tool that was told to end."""
_PATIENCE = 30.0
"""Seconds that a child has between being told to stop and being killed."""
_PR_SET_PDEATHSIG = 1
"""See prctl(2): the kernel tells a child when its parent is gone."""


class Trouble(Exception):
    """A cause in one word, for the result of the attempt, and what is wrong."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


class Stopped(Exception):
    """The job was told to end."""


def say(text: str) -> None:
    """Print a line of the job's log."""
    print(f"otplan: {text}", file=sys.stderr, flush=True)


def config() -> Dict[str, Any]:
    """Return what the stage is told."""
    text = Path(os.environ["OTPLAN_CONFIG"]).read_text(encoding="utf-8")
    told: Dict[str, Any] = json.loads(text)
    return told


def attempt() -> Path:
    """Return the folder of this attempt."""
    return Path(os.environ["OTPLAN_OUTPUT"]).parent


def share(items: List[str]) -> List[str]:
    """Return those of some items that are this element's: every so many-th of them."""
    of = int(os.environ.get("OTPLAN_ELEMENTS", "1"))
    return items[int(os.environ.get("OTPLAN_ELEMENT", "0")) :: of]


def end(work: Callable[[], int]) -> NoReturn:
    """Run a tool's work and end with its exit code; leave the cause of a failure it knows."""
    cause = attempt() / "cause"
    if cause.exists() and os.environ.get("SLURM_NODEID", "0") == "0":
        cause.unlink()
    for name in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    try:
        sys.exit(work())
    except Stopped:
        say("told to end; what is done so far is kept")
        sys.exit(STOPPED)
    except Trouble as trouble:
        say(f"{trouble.cause}: {trouble}")
        cause.write_text(f"{trouble.cause}\n", encoding="utf-8")
        sys.exit(1)


def _stop(*_: object) -> None:
    raise Stopped


class Child:
    """A process that ends with this one. Its output goes to a file, or to the job's log."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Optional[Path] = None
    ) -> None:
        self.name = name
        self._started = argv, env, log
        out: Optional[IO[bytes]] = log.open("ab") if log else None
        try:
            self._process = subprocess.Popen(
                list(argv),
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                preexec_fn=_bound,  # noqa: PLW1509 - there is one thread
            )
        except FileNotFoundError as error:
            raise Trouble("failed", f"{argv[0]}: command not found") from error
        finally:
            if out:
                out.close()

    @property
    def code(self) -> Optional[int]:
        """Return the exit code, None while it runs."""
        return self._process.poll()

    def again(self) -> "Child":
        """Start it once more."""
        return Child(self.name, *self._started)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, the hard way after a while."""
        for sent in (how, signal.SIGKILL):
            if self.code is None:
                self._process.send_signal(sent)
                try:
                    self._process.wait(_PATIENCE)
                except subprocess.TimeoutExpired:
                    continue

    def tail(self) -> None:
        """Copy the end of its log into the job's, for a tunnel not: it may hold a token."""
        log = self._started[2]
        if log and self.name != "tunnel" and log.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print(*lines[-40:], sep="\n", file=sys.stderr, flush=True)


def _bound() -> None:
    """End with the parent, and leave the warning before the time limit to it."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
