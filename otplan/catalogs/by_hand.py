"""A row of the project's tables that a person tells: what exists, and nothing here made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite, nan

from otplan.catalogs.supabase_tables import TABLES, TIMES
from otplan.core import catalog
from otplan.core.catalog import CatalogKey, CatalogRow, of_eval
from otplan.core.values import Value
from otplan.errors import Usage
from otplan.planner import shared_rows

KINDS: Mapping[str, str] = {"dataset": "datasets", "model": "models", "eval": "evals"}
"""What can be told of, and its table."""

_EVERY_STAGE_KNOWS = {
    "datasets": ("cluster", "location"),
    "models": ("cluster", "location"),
    "evals": ("model", "benchmark", "trials", "repetitions"),
}

DEMANDED: Mapping[str, tuple[str, ...]] = {
    table: (*catalog.DEMANDED[table], *known) for table, known in _EVERY_STAGE_KNOWS.items()
}
"""What a table demands (schema/supabase/catalog); an eval also a `commit` or a `version`."""

_SETTINGS = {"user": "username"}
"""Words that the catalog's settings have another name for."""

_STATUS = {
    "datasets": shared_rows.COMPLETED,
    "models": shared_rows.COMPLETED,
    "evals": shared_rows.FINISHED,
}
_NUMBERS = frozenset({"rows", "trials", "repetitions"})
_METRIC = "metrics."


def words(kind: str) -> tuple[str, ...]:
    """Return the words that a row of a kind may have; `metrics.<name>` are those of an eval."""
    table = TABLES[KINDS[kind]]
    known = dict.fromkeys((*table.columns, *table.references, *table.extra))
    return tuple(word for word in known if word not in ("name", "metrics"))


def told(kind: str, name: str, said: Mapping[str, str], settings: Mapping[str, str]) -> CatalogRow:
    """Return the row of a name; what nobody says is what the catalog's settings say.

    Times are ISO 8601, without a zone in UTC; several datasets are parted by commas. What is
    told exists, so its status is that of what is done. Raise Usage for a value that is none, or
    where the table demands more.
    """
    table = KINDS[kind]
    usual = {word: settings.get(_SETTINGS.get(word, word), "") for word in DEMANDED[table]}
    both = {word: text for word, text in {**usual, **said}.items() if text}
    values: dict[str, Value] = {"status": _STATUS[table]}
    values |= {w: _value(w, text) for w, text in both.items() if not w.startswith(_METRIC)}
    if table == "evals":
        measured = {w.removeprefix(_METRIC): t for w, t in both.items() if w.startswith(_METRIC)}
        values |= {"name": name, "metrics": {w: _number(w, t) for w, t in measured.items()}}
    _demand(table, values)
    if table == "evals":
        name = of_eval(*(str(values[part]) for part in ("agent", "model", "benchmark")))
    return CatalogRow(CatalogKey(table, name), values)


def _demand(table: str, values: Mapping[str, Value]) -> None:
    missing = [word for word in DEMANDED[table] if word not in values]
    if table == "evals" and not {"commit", "version"} & values.keys():
        missing.append("commit")
    if missing:
        raise Usage(
            f"The table asks for {_listed(missing)}, and nothing is invented",
            "Say it: " + " ".join(f"{word}=..." for word in missing),
        )


def _listed(missing: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in missing)


def _value(word: str, text: str) -> Value:
    if word in TIMES:
        return _time(word, text)
    if word in _NUMBERS:
        return _whole(word, text)
    return text.split(",") if word == "datasets" else text


def _whole(word: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text):
        raise Usage(f"`{word}` is to be a whole number, and `{text}` is none")
    return int(text)


def _number(word: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise Usage(f"`{word}` is to be a number, and `{text}` is none")
    return number


def _time(word: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        mend = f"Write it as {word}=2026-11-01T12:00:00Z."
        raise Usage(f"`{word}` is to be a time, and `{text}` is none", mend) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
