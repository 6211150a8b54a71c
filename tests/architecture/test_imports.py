"""Imports point down, and nothing hides a module from the contract in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, texts


def test_the_import_contracts_hold() -> None:
    program = str(Path(sys.executable).with_name("lint-imports"))
    command = [program, "--no-logo", "--cache-dir", ".cache/import-linter"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_no_module_is_hidden_by_a_package_of_its_name() -> None:
    paths = [ROOT / path for path in texts()]

    hidden = [str(path) for path in paths if path.with_suffix("").is_dir()]

    assert hidden == []


def test_every_package_has_its_init() -> None:
    folders = {Path(path).parent for path in texts()}

    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []
