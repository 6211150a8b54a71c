"""A dotenv file as the keys of a cluster file: read, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otplan.load.dotenv import read

TOKEN = "hf_" + "a1B2" * 8


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ("export DCFT_ACTIVATE_ENV='conda activate x'", {"activate": "conda activate x"}),
        ("DATAGEN_ACTIVATE_ENV=a", {"variants": {"dataset": {"activate": "a"}}}),
        ('export HF_HUB_CACHE="$SCRATCH/hub" # all', {"paths": {"HF_HUB_CACHE": "${SCRATCH}/hub"}}),
        ("A=/a\nexport HF_HOME=$A/hub", {"env": {"A": "/a"}, "paths": {"HF_HOME": "/a/hub"}}),
        ("HF_HOME=${CACHE:-/c}/hub", {"paths": {"HF_HOME": "/c/hub"}}),
        ("KEYS=$HOME/secrets.env", {"secrets": "~/secrets.env"}),
        ("CHECKPOINTS_DIR=/s/me", {"experiments_dir": "/s/me"}),
        ("MAX_TIME_LIMIT=48:00:00", {"max_time": "48:00:00"}),
        ("LD_LIBRARY_PATH=/a:/b:$LD_LIBRARY_PATH", {"library_paths": ["/a", "/b"]}),
        ("IMAGE=/i.sif", {"container": {"runtime": "apptainer", "image": "/i.sif"}}),
        ("SINGULARITY_OVERLAY=/o", {}),
        ("WANDB_PROJECT=x", {"env": {"WANDB_PROJECT": "x"}}),
        ("f() {\n  export A=1\n}\nB=2", {"env": {"B": "2"}}),
        ("A=$A/x\nHF_HOME=$A", {"paths": {"HF_HOME": "${A}/x"}}),
        ("echo $(touch here)\n[ -z x ] && B=1", {}),
    ],
)
def test_lines_become_keys(lines: str, values: dict[str, Any]) -> None:
    assert read(lines).values == values


@pytest.mark.parametrize(
    ("lines", "name", "why"),
    [
        ("MODELS_DIR=/m", "MODELS_DIR", "Hub's cache"),
        ("MY_API_KEY=x", "MY_API_KEY", "secret"),
        (f"HARMLESS={TOKEN}", "HARMLESS", "secret"),
        ("DEFAULT_TIME_LIMIT=soon", "DEFAULT_TIME_LIMIT", "not a time limit"),
        ("X=$SCRATCH/x", "X", "write it into `paths`"),
        ("CHECKPOINTS_DIR=$SCRATCH/c", "CHECKPOINTS_DIR", "yourself"),
        ("EMPTY=", "EMPTY", "empty"),
    ],
)
def test_what_is_not_taken_has_its_reason(lines: str, name: str, why: str) -> None:
    found = read(lines)

    assert (found.values, why in found.left[name]) == ({}, True)
    assert TOKEN not in str(found)


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    read(f"HF_HOME=$(touch {tmp_path}/ran)\nA=`touch {tmp_path}/ran`")

    assert list(tmp_path.iterdir()) == []
