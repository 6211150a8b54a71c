"""The hosts that can be reached, by what a cluster file says as `login`."""

from __future__ import annotations

from otplan.shell.here import Here
from otplan.shell.protocol import Shell


def connect(login: str) -> Shell:
    """Return the host of a cluster's `login`: `here` or an ssh destination. Nothing is asked."""
    if login == "here":
        return Here()
    from otplan.shell.ssh import Ssh

    return Ssh(login)
