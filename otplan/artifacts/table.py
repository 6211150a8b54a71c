"""The stores of artifacts that otplan knows; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otplan.artifacts.protocol import Artifacts
from otplan.shell.protocol import Shell


def _files(shell: Shell) -> Artifacts:
    from otplan.artifacts.files import Files

    return Files(shell)


ARTIFACTS: Mapping[str, Callable[[Shell], Artifacts]] = {"files": _files}
"""By name: what makes the store of a host."""


def hub(token: Callable[[], str]) -> Artifacts:
    """Return the store of the Hub, which is the same from every host; nothing is asked yet."""
    from otplan.artifacts.huggingface import Hub

    return Hub(token)
