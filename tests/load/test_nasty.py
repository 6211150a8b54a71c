"""Nasty input, in a process of its own: a diagnostic within a second, and no crash."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from otplan.load.compose import MOST_ALIASED

PROGRAM = """
import sys, time
from otplan.load.manifest import read
start = time.perf_counter()
found = read(sys.argv[1]).diagnostics
print(round(time.perf_counter() - start, 3), *[one.code for one in found])
"""
HEAD = "otplan: 1\nworkspace: demo\n"


def _laughs(width: int, depth: int) -> str:
    lines = [f"x-0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join(lines)


NASTY: Mapping[str, tuple[str, str]] = {
    "30,000 brackets": ("x-a: " + "[" * 30_000, "OT109"),
    "1,000,000 brackets": ("x-a: " + "[" * 1_000_000, "OT109"),
    "closed brackets": ("x-a: " + "[" * 30_000 + "]" * 30_000, "OT109"),
    "braces": ("x-a: " + "{a: " * 300_000, "OT109"),
    "dashes": ("x-a:\n  " + "- " * 300_000, "OT109"),
    "indentation": ("x-a:\n" + "\n".join(" " * n + "a:" for n in range(1, 3_000)), "OT109"),
    "question marks": ("? " * 300_000, "OT109"),
    "billion laughs": (_laughs(10, 10), "OT110"),
    "many small laughs": (_laughs(2, 40), "OT110"),
    "merged laughs": (
        "x-0: &a0 {a: 1}\n"
        + "\n".join(f"x-{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)),
        "OT110",
    ),
    "an alias to itself": ("x-a: &a {b: [*a]}", "OT111"),
    "eleven megabytes": ("x-a: '" + "a" * 11_000_000, "OT102"),
    "a NUL": ('scripts: {s: {"a\\0": "b\\0", script: "x\\0.py"}}', "OT117 OT117 OT117"),
    "a long number": ("x-a: " + "9" * 5_000_000, ""),
    "a long float": ("x-a: 1." + "9" * 5_000_000 + "e+9999999", ""),
    "long sexagesimals": ("x-a: 1" + ":00" * 1_000_000, ""),
    "a long reference": (
        "scripts: {s: {script: x.py, inputs: {a: " + "x" * 1_000_000 + "}}}",
        "OT310 OT401",
    ),
}


@pytest.mark.parametrize(("text", "codes"), NASTY.values(), ids=NASTY)
def test_it_is_a_diagnostic_within_a_second(tmp_path: Path, text: str, codes: str) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text(HEAD + text)
    argv = [sys.executable, "-c", PROGRAM, str(path)]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)

    seconds, _, told = done.stdout.strip().partition(" ")
    assert (done.returncode, done.stderr) == (0, "")
    assert codes in " ".join(sorted(told.split()))
    assert float(seconds) < 1


def test_a_base_for_ten_thousand_resources_is_no_bomb() -> None:
    assert MOST_ALIASED >= 10_000 * 25
