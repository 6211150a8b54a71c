"""What the pages show works: manifests lint and plan, commands and their options exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from otplan.cli.group import COMMANDS, otplan
from otplan.operations.project import Asked, lint
from otplan.shell.here import Here

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_SHELL = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)


def _manifests() -> list[tuple[str, str]]:
    blocks = [(page.name, block) for page in PAGES for block in _YAML.findall(page.read_text())]
    return [(page, block) for page, block in blocks if block.startswith("otplan:")]


def _commands() -> list[tuple[str, str]]:
    lines = [
        (page.name, line.strip().removeprefix("$ ").partition(" #")[0].strip())
        for page in PAGES
        for block in _SHELL.findall(page.read_text())
        for line in block.splitlines()
    ]
    return [(page, line) for page, line in lines if line.startswith("otplan ")]


@pytest.mark.parametrize(("page", "text"), _manifests())
def test_a_manifest_on_a_page_is_valid(page: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(text)
    for path in _named(yaml.safe_load(text)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a: 1\n")

    found = lint(Asked(str(tmp_path / "manifest.yaml")), Here())

    assert [d.message for d in found.diagnostics if d.severity.value == "error"] == [], page


@pytest.mark.parametrize(("page", "line"), _commands())
def test_a_command_on_a_page_exists_with_its_options(page: str, line: str) -> None:
    _, name, *words = shlex.split(line)

    command = otplan.get_command(click.Context(otplan), name)

    assert name in COMMANDS, page
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert options <= known | {"--help"}, page


def test_there_are_examples() -> None:
    assert _manifests()
    assert _commands()


def _named(value: Any) -> list[str]:  # noqa: ANN401 - YAML
    """Return every path that a `script` or `config` anywhere in a manifest names."""
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("script", "config") if isinstance(value.get(key), str)]
    return own + [path for inner in value.values() for path in _named(inner)]
