"""What ssh says where it reaches nobody, and what a person can do about it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from otplan.errors import Unreachable

SSH_FAILED = 255
"""The exit code of ssh's own failures (ssh(1), EXIT STATUS)."""

_CHANGED = """\
Ask those who run it whether its key was changed. If it was, forget the old one:
    ssh-keygen -R {name}"""
_STRANGE = """\
Log in once by hand, and compare the key with what those who run it say:
    ssh {host}"""
_LOCKED = """\
Nobody can be asked for a password or a code here. In ~/.ssh/config, say once:
    Host {name}
        ControlMaster auto
        ControlPath ~/.ssh/%C
        ControlPersist 12h
Then log in by hand; otplan joins that connection for as long as it lasts:
    ssh {host}"""
_DOWN = """\
Look at the network (a VPN?) and at `login`; to see what ssh says:
    ssh {host}"""
_SNAKELESS = """\
otplan reads and writes there through a Python of 3.6 or newer. Put one on PATH for commands
that come over ssh (in ~/.bashrc there, before any `return`); to see what there is:
    ssh {host} python3 --version"""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Words of ssh or of a login shell, and what helps."""

    pattern: re.Pattern[str]
    help: str


def _refusal(pattern: str, help_: str) -> _Refusal:
    return _Refusal(re.compile(pattern, re.IGNORECASE), help_)


_OF_SSH = (
    _refusal(r"REMOTE HOST IDENTIFICATION HAS CHANGED", _CHANGED),
    _refusal(r"Host key verification failed|No \S+ host key is known", _STRANGE),
    _refusal(r"Permission denied|Too many authentication failures|Authenticat", _LOCKED),
    _refusal(r"", _DOWN),
)
"""In the order in which they count: what ssh says of a key comes before what it ends with."""


def unreachable(host: str, code: int, said: str) -> Unreachable:
    """Return why a host was not reached: by ssh, or, where that was, by its `python3`.

    `code` is how ssh ended, and `said` all that came on its standard error.
    """
    last = last_line(said)
    if code != SSH_FAILED:
        message = f"`python3` does not answer on {host}: {last or f'it ended with {code}'}"
        return Unreachable(message, _filled(_SNAKELESS, host))
    found = next(one for one in _OF_SSH if one.pattern.search(said))
    return Unreachable(f"{host} cannot be reached: {last}", _filled(found.help, host))


def last_line(said: str) -> str:
    """Return the last line that says anything; ssh tells there what made it give up."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("ssh: ") if lines else ""


def _filled(help_: str, host: str) -> str:
    name = host.removeprefix("ssh://").rpartition("@")[2].partition(":")[0]
    return help_.format(host=shlex.quote(host), name=shlex.quote(name))
