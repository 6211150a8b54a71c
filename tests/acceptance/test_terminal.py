"""What is printed fits the terminal, and has colours where there are some."""

import shlex
import shutil
import subprocess
import sys

import pytest

from tests.acceptance.lab import Lab

WIDTHS = (40, 80, 200)
TABLES = {
    "status": ("status", "-m", "manifest.yaml"),
    "results": ("results", "manifest.yaml"),
    "history": ("history", "manifest.yaml"),
    "cluster list": ("cluster", "list"),
}
ESCAPE = "\x1b["


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("argv", TABLES.values(), ids=TABLES)
def test_no_line_of_a_table_is_wider_than_the_terminal(
    lab: Lab, argv: tuple[str, ...], width: int
) -> None:
    said = lab(*argv, COLUMNS=str(width))

    longest = max(said.out.splitlines(), key=len)
    assert len(longest) <= width or " " not in longest.strip(), longest


@pytest.mark.parametrize("width", WIDTHS)
def test_the_prose_of_a_plan_is_folded(lab: Lab, width: int) -> None:
    lab.fail("merge-3")
    lab.edit("smoothing: 0.5", "smoothing: 0.25", "train.yaml")
    lab.apply(code=6)

    said = lab("plan", "manifest.yaml", COLUMNS=str(width))

    prose = [line for line in said.out.splitlines() if line.startswith("    ") and "'" not in line]
    assert prose
    assert max(map(len, prose)) <= width


@pytest.mark.parametrize(
    ("argv", "environment", "colours"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_colours_follow_the_flag_then_the_environment(
    lab: Lab,
    argv: tuple[str, ...],
    environment: dict[str, str],
    colours: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    said = lab(*argv, "plan", "manifest.yaml", "-v")

    assert (ESCAPE in said.out) is colours


def test_a_document_has_no_colours(lab: Lab) -> None:
    said = lab("--color", "always", "status", "-m", "manifest.yaml", "--json")

    assert ESCAPE not in said.out


def test_a_reader_that_goes_away_leaves_no_traceback(lab: Lab) -> None:
    command = f"{shlex.quote(sys.executable)} -m otplan history manifest.yaml | head -n 1"
    shell = shutil.which("bash") or "bash"

    argv = (shell, "-c", command)
    ended = subprocess.run(argv, cwd=lab.folder, check=True, capture_output=True, text=True)

    assert ended.stdout.startswith("WHEN")
    assert ended.stderr == ""
