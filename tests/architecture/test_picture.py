"""ARCHITECTURE.md draws the layers that import-linter enforces."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_picture_of_the_layers_is_the_contract() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    drawn = re.findall(r"```layers\n(.*?)```", page, re.DOTALL)[0].splitlines()

    contract = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [layer for layer in contract if layer != "__main__"] == drawn


def test_every_module_the_page_walks_through_exists() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    named = re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", page)

    missing = [name for name in named if not (ROOT / "otplan" / name).exists()]
    assert named
    assert missing == []
