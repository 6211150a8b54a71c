"""The hosts that can be reached, by what a cluster file says as `login`."""

from __future__ import annotations

from otplan.errors import OtplanError
from otplan.shell.here import Here
from otplan.shell.protocol import Shell


def connect(login: str) -> Shell:
    """Return the host of a cluster's `login`; raise OtplanError where it is not `here`."""
    if login != "here":
        message = f"`login: {login}` asks for ssh, which this version of otplan does not speak"
        raise OtplanError(message, "Run otplan on that machine, with `login: here`.")
    return Here()
