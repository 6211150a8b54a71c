"""What a store of artifacts must be able to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from otplan.core.evidence import Evidence, Target
from otplan.core.values import Time


class Artifacts(Protocol):
    """Where stages leave what they make. Nothing here ever removes anything."""

    def look(self, targets: Sequence[Target]) -> Mapping[Target, Evidence]:
        """Look at all targets in as few round trips as can be; UNKNOWN where it cannot be asked."""
        ...

    def check(self, known: Mapping[Target, Evidence]) -> Mapping[Target, Evidence]:
        """Look again whether what was verified still stands as recorded (`--refresh`)."""
        ...

    def revisions(self, names: Sequence[str]) -> Mapping[str, str | None]:
        """Return what each floating name stands for now; None where it is not there."""
        ...

    def moved(self, pins: Mapping[str, str], since: Time) -> Sequence[str]:
        """Return the names that are there and stand for something else than their pin by now.

        What was not written `since` then may be taken to be as it was.
        """
        ...

    def adopt(self, target: Target, output: str) -> Evidence:
        """Write a marker that points at `output`; return the evidence it then is."""
        ...
