"""Whatever the launcher before could be told has its answer in a table of docs/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
INVENTORY = yaml.safe_load((Path(__file__).parent / "inventory.yaml").read_text())
PAGES = ("launcher.md", "trainings.md", "models.md")


def test_every_flag_and_field_has_its_row() -> None:
    told = {word.lower() for word in _first_columns() | _settings() | _variables()}

    missing = {
        part: sorted(name for name in _names(INVENTORY[part]) if name.lower() not in told)
        for part in INVENTORY
    }

    assert {part: names for part, names in missing.items() if names} == {}


@pytest.mark.parametrize("page", PAGES)
def test_every_row_has_an_answer(page: str) -> None:
    rows = [row for row in _rows(page) if len(row) == 2]

    assert rows
    assert [row for row in rows if not all(row)] == []


def _names(listed: Any) -> Iterator[str]:  # noqa: ANN401 - as it stands in YAML
    if isinstance(listed, str):
        yield listed
        return
    for inner in listed.values() if isinstance(listed, dict) else listed:
        yield from _names(inner)


def _rows(page: str) -> list[list[str]]:
    lines = (ROOT / "docs" / page).read_text().splitlines()
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
        if line.startswith("|") and not line.startswith(("|-", "| -"))
    ]


def _first_columns() -> set[str]:
    """Return the words of all first columns; a list of words may stand in one."""
    return {word for page in PAGES for row in _rows(page) for word in re.findall(r"\w+", row[0])}


def _settings() -> set[str]:
    """Return the settings of LLaMA-Factory: `overrides` takes them all."""
    folder = ROOT / "schema" / "llamafactory"
    recorded = json.loads((folder / "fields.json").read_text())
    return set(_keys(recorded)) | set(_keys(yaml.safe_load((folder / "others.yaml").read_text())))


def _variables() -> set[str]:
    """Return the variables that `otplan cluster import-env` has a word for."""
    return set(_keys(yaml.safe_load((ROOT / "schema" / "dotenv.yaml").read_text())))


def _keys(value: Any) -> Iterator[str]:  # noqa: ANN401 - as it stands in YAML
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from [inner] if isinstance(inner, str) else _keys(inner)
