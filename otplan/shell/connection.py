"""One ssh, with a Python at its other end that does what it is asked until we hang up."""

from __future__ import annotations

import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from threading import Timer
from typing import IO, Any, cast

from otplan.errors import OtplanError, Unreachable
from otplan.shell import frames, program, refusals

CONNECTING = 60.0
"""Seconds from the start of ssh to the first word of the Python there."""

OPTIONS = {
    "BatchMode": "yes",
    "ClearAllForwardings": "yes",
    "ConnectTimeout": "15",
    "ControlMaster": "no",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "LogLevel": "ERROR",
    "RemoteCommand": "none",
    "RequestTTY": "no",
    "ServerAliveCountMax": "3",
    "ServerAliveInterval": "15",
}
"""What ssh_config(5) calls them. `ControlMaster no` joins the user's, where ControlPath names
one, and opens none; forwardings that were set up for a person would be set up twice."""


class LostError(Exception):
    """The connection broke after something was asked and before it was answered."""


class Connection:
    """One ssh. It ends with us: when its input is closed, the Python there ends, then ssh."""

    def __init__(self, host: str) -> None:
        """Connect; raise Unreachable where that cannot be: then nothing was asked."""
        self._host = host
        self._late = False
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as ssh is
        greeting = f"\notplan {token_hex(8)}\n".encode()
        sent = program.program(greeting)
        self._process = _ssh(host, program.command(len(sent)), self._said)
        self.close = weakref.finalize(self, _hang_up, self._process, self._said)
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)
        with self._within(CONNECTING):
            answered = self._greeted(sent, greeting)
        if not answered:
            raise self._unreachable()

    @property
    def open(self) -> bool:
        """Tell whether anything can be asked, as far as is known."""
        return self.close.alive and self._process.poll() is None

    def ask(self, name: str, given: Sequence[Any], patience: float) -> Any:  # noqa: ANN401
        """Return the deed's answer (see frames.serve); raise LostError where there is none."""
        answered = False
        try:
            with self._within(patience):
                frames.put(self._to, [name, given])
                answer = frames.take(self._from)
                answered = True
        except (EOFError, BrokenPipeError) as error:
            raise LostError(self._why(patience)) from error
        finally:
            if not answered:  # Whatever comes now would be taken for the next answer.
                self._process.kill()
                self.close()
        return answer

    def _greeted(self, sent: bytes, greeting: bytes) -> bool:
        """Send the program and pass over what a login shell prints, up to its greeting."""
        with suppress(BrokenPipeError):
            self._to.write(sent)
            self._to.flush()
        return any(line == greeting[1:] for line in self._from)

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Kill ssh after so long: then all that is read from it ends."""
        timer = Timer(seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _unreachable(self) -> Unreachable:
        code, said = self._end()
        self.close()
        if self._late:
            code, said = refusals.SSH_FAILED, f"no answer within {CONNECTING:g} s"
        return refusals.unreachable(self._host, code, said)

    def _why(self, patience: float) -> str:
        """Say why there was no answer."""
        code, said = self._end()
        if self._late:
            return f"no answer within {patience:g} s"
        return refusals.last_line(said) or f"ssh ended with {code}"

    def _end(self) -> tuple[int, str]:
        """Return how ssh ended, and all that came on its standard error."""
        code = _ended(self._process)
        self._said.seek(0)
        return code, self._said.read().decode(errors="replace")


def _ssh(host: str, command: str, said: IO[bytes]) -> subprocess.Popen[bytes]:
    options = [word for name, value in OPTIONS.items() for word in ("-o", f"{name}={value}")]
    argv, pipe = ["ssh", *options, "--", host, command], subprocess.PIPE
    try:
        # A session of its own: Ctrl-C at the terminal does not reach it. A file, no pipe, for
        # what it says: nobody would read on while it waits.
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=said, start_new_session=True)
    except OSError as error:
        said.close()
        message = f"`ssh` cannot be run here: {error.strerror}"
        raise OtplanError(message, "Install OpenSSH's client, or put it on PATH.") from error


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Return how ssh ended, by itself or soon after."""
    try:
        return process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _hang_up(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    _ended(process)
    said.close()
