"""A question to the catalog that a matrix may ask: which models are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from otplan.core.values import Time

_SCHEME = "catalog:"


@dataclass(frozen=True, slots=True)
class Query:
    """The finished rows of a table, of who made them (empty: anybody), since a day (`2026-11-01`).

    Its text is the name that otplan.lock has it under, and its answer the names of the rows.
    """

    table: str
    created_by: str = ""
    since: str = ""

    def __str__(self) -> str:
        """Return `catalog:models?created_by=my-org&since=2026-11-01`."""
        asked = {"created_by": self.created_by, "since": self.since}
        text = urlencode({name: value for name, value in asked.items() if value})
        return f"{_SCHEME}{self.table}{'?' if text else ''}{text}"

    @property
    def start(self) -> Time:
        """Return when that day begins, in UTC; 0 for ever."""
        if not self.since:
            return 0
        return int(datetime.fromisoformat(self.since).replace(tzinfo=UTC).timestamp())


def query_of(text: str) -> Query | None:
    """Return the question that a name in otplan.lock stands for; None where it is another name."""
    if not text.startswith(_SCHEME):
        return None
    table, _, asked = text.removeprefix(_SCHEME).partition("?")
    return Query(table, **dict(parse_qsl(asked)))


def answer(names: list[str]) -> str:
    """Return names as otplan.lock keeps them."""
    return ",".join(sorted(names))


def answered(text: str) -> list[str]:
    """Return the names that otplan.lock keeps."""
    return [name for name in text.split(",") if name]
