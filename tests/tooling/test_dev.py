"""`./dev` on machines that lack something: it says what to install, and how."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COREUTILS = ("cat", "cksum", "dirname", "env", "mkdir", "rm", "sh", "tail")

# What a Python answers to the questions that `./dev` asks it with -c.
OLD = 'case "$2" in *version_info\\[:2\\]*) echo 3.9 ;; *) exit 1 ;; esac'
WITHOUT_VENV = 'case "$2" in *version_info\\[:2\\]*) echo 3.12 ;; *ensurepip*) exit 1 ;; esac'
BROKEN_SHIM = 'echo "pyenv: $0: command not found" >&2; exit 127'
WORKING = """
case "$*" in
    *'-m venv'*) mkdir -p .venv/bin; echo 'echo "ran: $*"' > .venv/bin/python; exit ;;
    *version_info\\[:2\\]*) echo 3.11 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder, with a space in its path, that holds `dev` and what it reads."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in ("dev", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def _dev(checkout: Path, verb: str, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Run a verb with nothing but coreutils, a shell and the given Pythons on PATH."""
    programs = checkout.parent / "programs"
    programs.mkdir()
    for name in COREUTILS:
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, body in pythons.items():
        program = programs / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    command = [str(checkout / "dev"), verb]
    return subprocess.run(
        command, cwd="/", env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("pythons", "finding", "package"),
    [
        ({}, "found: none", "python3.11 python3.11-venv"),
        ({"python3": OLD}, "found: 3.9", "python3.11 python3.11-venv"),
        ({"python3": BROKEN_SHIM}, "found: none", "python3.11 python3.11-venv"),
        ({"python3_12": WITHOUT_VENV, "python3": OLD}, "without its venv", "python3.12-venv"),
    ],
)
def test_a_missing_python_is_named_with_the_line_that_installs_it(
    checkout: Path, pythons: dict[str, str], finding: str, package: str
) -> None:
    done = _dev(checkout, "demo", **pythons)

    assert done.returncode == 1
    assert finding in done.stderr
    assert done.stderr.endswith(f"\n\n  sudo apt-get install -y {package}\n")


def test_a_python_that_does_not_work_is_passed_over(checkout: Path) -> None:
    pythons = {"python3_13": BROKEN_SHIM, "python3_12": WITHOUT_VENV, "python3_11": WORKING}

    done = _dev(checkout, "fix", **pythons)

    assert "Making .venv with python3.11 (3.11)." in done.stderr


def test_an_unknown_verb_is_a_usage_error(checkout: Path) -> None:
    done = _dev(checkout, "destroy")

    assert done.returncode == 64
    assert done.stderr.startswith("usage: ./dev <verb>")
