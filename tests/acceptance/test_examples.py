"""The project's experiments as manifests: each is linted, planned, rendered, and as expected.

To write the goldens anew after a wanted change:

    REGENERATE_GOLDENS=1 python -m pytest tests/acceptance/test_examples.py
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance import examples
from tests.acceptance.lab import Lab

GOLDENS = Path(__file__).parents[1] / "goldens" / "examples"


@pytest.fixture
def project(fresh: Lab) -> Lab:
    return examples.prepare(fresh)


@pytest.mark.parametrize("name", examples.ALL)
def test_an_example_has_no_problems_and_asks_for_what_its_golden_says(
    name: str, project: Lab
) -> None:
    golden = GOLDENS / f"{name}.txt"
    project("lint", f"{name}.yaml")

    told = examples.orders(project, name)

    if os.environ.get("REGENERATE_GOLDENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(told)
    assert told == golden.read_text()


@pytest.mark.parametrize("name", examples.ALL)
def test_an_example_is_planned_offline_and_its_scripts_are_bash(name: str, project: Lab) -> None:
    planned = examples.planned(project, name)
    project("render", "-m", f"{name}.yaml", "--out", str(project.root / "out"))

    scripts = sorted((project.root / "out").glob("*/script.sh"))

    ran = [stage.label for stage in examples.stages(project, name)]
    # What a site without internet on its nodes lets its login node do is waited for.
    assert {planned[label] for label in ran} <= {"submit", "rest"}
    assert len(scripts) == len(ran)
    for script in scripts:
        subprocess.run(["bash", "-n", script], check=True)
