"""What the user allowed beyond the ordinary, on the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Permissions that are never implied: each is a flag of its own.

    `resubmit` holds fingerprints to make anew although something is there. `login` says that this
    is the login node, and may be worked on. `take_over` holds those that may publish over what is
    somebody else's.
    """

    replace_running: bool = False
    cancel_running: bool = False
    resubmit: frozenset[str] = frozenset()
    login: bool = False
    take_over: frozenset[str] = frozenset()


NO_PERMISSIONS = Policy()
