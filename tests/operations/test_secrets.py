"""The file of secrets: what of it is not shown, and what is asked with."""

from dataclasses import replace
from pathlib import Path

import pytest

from otplan.operations.ground import Ground
from otplan.operations.secrets import scrubbed
from otplan.operations.tokens import secret
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
    ground = _with_secrets(tmp_path, line)

    shown = scrubbed(ground, "c", "it says hf_abcdefgh, and b")

    assert shown == "it says ***, and b"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("HF_TOKEN=hf_abc", "hf_abc"),
        ("export HF_TOKEN='hf_abc'", "hf_abc"),
        ("export HF_TOKEN=hf_abc  # of the lab", "hf_abc"),
        ("HF_TOKEN=hf_abc; export HF_TOKEN", "hf_abc"),
        ("# HF_TOKEN=hf_abc", ""),
        ("HF_TOKEN=$(cat token)", ""),
        ("HF_TOKEN=hf_abc$MORE", ""),
        ("OTHER_HF_TOKEN=hf_abc", ""),
    ],
)
def test_a_token_is_found_where_no_shell_is_needed(tmp_path: Path, line: str, found: str) -> None:
    ground = _with_secrets(tmp_path, line)

    assert secret("HF_TOKEN", ground.clusters, ground.shells) == found


def _with_secrets(folder: Path, line: str) -> Ground:
    file = folder / "secrets.env"
    file.write_text(f"A=b\n{line}\n")
    usual = submission(folder, Scene([stage("a")]), {}).ground
    return replace(usual, clusters={"c": replace(usual.clusters["c"], secrets=str(file))})
