"""What a job printed of its secrets is not shown, however their file sets them."""

from dataclasses import replace
from pathlib import Path

import pytest

from otplan.operations.secrets import scrubbed
from tests.operations.test_look_again import submission
from tests.planner.world import Scene, stage


@pytest.mark.parametrize(
    "line",
    [
        "HF_TOKEN=hf_abcdefgh",
        "export HF_TOKEN='hf_abcdefgh'",
        'export HF_TOKEN="hf_abcdefgh"  # of the lab',
        "export HF_TOKEN=hf_abcdefgh # of the lab",
        "HF_TOKEN=hf_abcdefgh; export HF_TOKEN",
        "export OTHER=0123456789 HF_TOKEN=hf_abcdefgh",
        '[ -n "$HF_TOKEN" ] || export HF_TOKEN=hf_abcdefgh',
    ],
)
def test_a_secret_is_not_shown(tmp_path: Path, line: str) -> None:
    file = tmp_path / "secrets.env"
    file.write_text(f"A=b\n{line}\n")
    usual = submission(tmp_path, Scene([stage("a")]), {}).ground
    cluster = replace(usual.clusters["c"], secrets=str(file))
    ground = replace(usual, clusters={"c": cluster})

    shown = scrubbed(ground, "c", "it says hf_abcdefgh, and b")

    assert shown == "it says ***, and b"
