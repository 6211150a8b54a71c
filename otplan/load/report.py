"""A report: what was found in the files of one run, told once each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from otplan.errors import Diagnostic, Place, Severity

Spot: TypeAlias = tuple[str, int, int]
"""File, line and column, from 1: a Place that costs a third, for the hundred thousand not told."""


@dataclass(frozen=True, slots=True)
class Report:
    """Gather diagnostics about one address; `at` gives a report that shares the lists."""

    address: str = ""
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many errors there are so far: what did not raise it is sound."""
        return len(self.errors)

    def at(self, address: str) -> Report:
        """Return this report for what is said about another address."""
        return Report(address, self.errors, self.warnings)

    def error(self, code: str, spot: Spot, message: str, mend: str = "") -> None:
        """Note what makes the manifest invalid, and what to do about it."""
        place = Place(*spot)
        self.errors.append(
            Diagnostic(code, Severity.ERROR, message, place, self.address, mend),
        )

    def warn(self, code: str, spot: Spot, message: str, mend: str = "") -> None:
        """Note what can be planned and is probably not meant."""
        place = Place(*spot)
        self.warnings.append(
            Diagnostic(code, Severity.WARNING, message, place, self.address, mend),
        )

    def ordered(self, first: str) -> tuple[Diagnostic, ...]:
        """Return all findings in file order, those of the file `first` in front.

        What a matrix or a default repeats is told once, for the first address.
        """
        once: dict[tuple[str, Place | None, str], Diagnostic] = {}
        for found in (*self.errors, *self.warnings):
            once.setdefault((found.code, found.place, found.message), found)

        def position(found: Diagnostic) -> tuple[bool, Place, str]:
            place = found.place or Place(first)
            return place.path != first, place, found.code

        return tuple(sorted(once.values(), key=position))
