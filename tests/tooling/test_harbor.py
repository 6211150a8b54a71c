"""`tests/services/harbor` looks for a Python that is new enough, and says where there is none."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("cat", "chmod", "cmp", "cp", "dirname", "mkdir", "rm", "sh")
OLD = "exit 1"
NEW = """
case "$*" in
    '-m venv'*) mkdir -p "$3/bin"; echo 'exit 0' >"$3/bin/python"; chmod +x "$3/bin/python" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with what installs Harbor, and beside it one of programs."""
    folder, programs = tmp_path / "a checkout", tmp_path / "bin"
    (folder / "tests" / "services").mkdir(parents=True)
    programs.mkdir()
    for name in ("harbor", "harbor.txt"):
        shutil.copy(ROOT / "tests" / "services" / name, folder / "tests" / "services")
    for name in PROGRAMS:
        (programs / name).symlink_to(shutil.which(name) or name)
    return folder


def program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def installed(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run it with those programs alone."""
    return subprocess.run(
        [str(checkout / "tests" / "services" / "harbor")],
        env={"PATH": str(checkout.parent / "bin")},
        capture_output=True,
        text=True,
        check=True,
    )


def test_where_no_python_is_new_enough_one_line_says_so(checkout: Path) -> None:
    program(checkout.parent / "bin" / "python3", OLD)

    done = installed(checkout)

    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "No Python 3.12 or newer was found" in done.stderr


@pytest.mark.parametrize(
    ("keeper", "told"),
    [("pyenv", '[ "$*" = "prefix 3.13" ] && echo {kept}'), ("uv", "echo {kept}/bin/python")],
)
def test_a_python_that_a_version_manager_keeps_is_found(
    keeper: str, told: str, checkout: Path
) -> None:
    kept = checkout.parent / "kept"
    program(kept / "bin" / "python", NEW)
    program(checkout.parent / "bin" / "python3.12", OLD)
    program(checkout.parent / "bin" / keeper, told.format(kept=kept))

    done = installed(checkout)

    assert f"Installing Harbor with {kept}/bin/python" in done.stderr
    assert done.stdout == f"{checkout}/.cache/harbor/bin/harbor\n"


def test_what_is_installed_is_not_installed_again(checkout: Path) -> None:
    program(checkout.parent / "bin" / "python3.13", NEW)
    first = installed(checkout)

    again = installed(checkout)

    assert "Installing" in first.stderr
    assert (again.stderr, again.stdout) == ("", first.stdout)
