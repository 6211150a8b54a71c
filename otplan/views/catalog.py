"""What a database lacks of the project's tables."""

from __future__ import annotations

from otplan.core.told import Compared


def compared(found: Compared) -> list[str]:
    """Return the lines: what is missing, what is otherwise than otplan makes it, what to do."""
    lines = [f"missing: {what}" for what in found.needed]
    lines += [f"as it is: {what}" for what in found.differs]
    if not lines:
        return ["nothing is missing"]
    return [*lines, "", *_mend(found)]


def _mend(found: Compared) -> list[str]:
    if found.needed and all(what.startswith("table ") for what in found.needed):
        return ["To make what is missing:", "", "  otplan catalog migrate"]
    what = (
        "To alter what was there before:"
        if found.needed
        else "otplan works with that. To alter it:"
    )
    return [what, "", "  otplan catalog migrate --alter"]
