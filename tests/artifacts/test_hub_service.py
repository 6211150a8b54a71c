"""The Hub of `./dev hub`, as whoever evaluates its environment speaks to it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home_guard import ROOT

DEV = [sys.executable, "-m", "tests.services.hub"]
SPEAK = """\
from huggingface_hub import HfApi
api = HfApi()
api.create_repo("my-org/new", exist_ok=True)
print(api.whoami()["name"], [model.id for model in api.list_models(author="my-org")])
"""


@pytest.mark.services
def test_it_comes_up_is_spoken_to_and_goes_down(tmp_path: Path) -> None:
    env = {**os.environ, "OTPLAN_HUB": str(tmp_path)}

    def dev(verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*DEV, verb], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )

    up = dev("up")
    lines = dev("env").stdout.replace("export ", "").splitlines()
    told = dict(line.split("=", 1) for line in lines)
    spoke = subprocess.run(
        [sys.executable, "-c", SPEAK],
        env={**env, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    status, down, after = dev("status"), dev("down"), dev("status")

    assert up.returncode == 0, up.stderr
    assert spoke.stdout == "owner ['my-org/new']\n", spoke.stderr
    assert (status.returncode, down.returncode, after.returncode) == (0, 0, 1)
