"""What a database lacks of the project's tables, and a row that was put there by hand."""

from __future__ import annotations

from otplan.core.catalog import CatalogRow
from otplan.core.told import Compared
from otplan.core.values import canonical
from otplan.views.lines import flat


def compared(found: Compared) -> list[str]:
    """Return the lines: what is missing, what is otherwise than otplan makes it, what to do."""
    lines = [f"missing: {what}" for what in found.needed]
    lines += [f"as it is: {what}" for what in found.differs]
    if not lines:
        return ["nothing is missing"]
    return [*lines, "", *_mend(found)]


def recorded(row: CatalogRow, *, dry: bool) -> list[str]:
    """Return what was added, or would be, a line each value."""
    verb = "would be added to" if dry else "was added to"
    widest = max(map(len, row.values))
    shown = [
        f"  {word:<{widest}}  {flat(value if isinstance(value, str) else canonical(value))}"
        for word, value in sorted(row.values.items())
    ]
    return [f"{flat(row.key.name)} {verb} {row.key.table}:", *shown]


def _mend(found: Compared) -> list[str]:
    if found.needed and all(what.startswith("table ") for what in found.needed):
        return ["To make what is missing:", "", "  otplan catalog migrate"]
    what = (
        "To alter what was there before:"
        if found.needed
        else "otplan works with that. To alter it:"
    )
    return [what, "", "  otplan catalog migrate --alter"]
