"""What goes wrong with files and commands of a host, in words."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from otplan.errors import OtplanError, Unclear, Unreachable

_MENDS = {
    errno.ENOSPC: "Free some space there and run the same command again; nothing is half written.",
    errno.EDQUOT: "Your quota there is used up: delete something and run the same command again.",
    errno.EROFS: "That file system can only be read; choose another `experiments_dir`.",
    errno.EACCES: "You may not write there; choose another `experiments_dir`, or ask its owner.",
}
_MEND = "Mend that, then run the same command again."

UNCLEAR = "It may have worked all the same; the next plan looks."


@contextmanager
def writing(host: str) -> Iterator[None]:
    """Tell what could not be written, and what to do: raise OtplanError for any OSError.

    `host` is what stands before its paths: nothing, or a name and a colon.
    """
    try:
        yield
    except OSError as error:
        message = f"`{host}{error.filename}` cannot be written: {error.strerror}"
        raise OtplanError(message, _MENDS.get(error.errno or 0, _MEND)) from error


@contextmanager
def reading(host: str) -> Iterator[None]:
    """Tell what could not be read: raise Unreachable for any OSError, for it is not absent."""
    try:
        yield
    except OSError as error:
        message = f"`{host}{error.filename}` cannot be read: {error.strerror}"
        raise Unreachable(message, "What is there is unknown until it can be read.") from error


@contextmanager
def running(argv: Sequence[str], timeout: float, where: str) -> Iterator[None]:
    """Tell what could not be run, as OtplanError, or gave no answer in time, as Unclear."""
    try:
        yield
    except TimeoutError as error:
        message = f"no answer from `{shlex.join(argv)}` within {timeout:g} s"
        raise Unclear(message, UNCLEAR) from error
    except OSError as error:
        message = f"`{argv[0]}` cannot be run {where}: {error.strerror}"
        raise OtplanError(message, "Install it, or put its folder on PATH.") from error
