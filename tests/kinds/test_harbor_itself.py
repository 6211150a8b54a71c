"""Every Harbor job that a preset leads to is one for Harbor itself, where Harbor is to be had.

OTPLAN_HARBOR names its program (0.25 needs Python 3.12 or newer), else it is looked for on PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from otplan.kinds import KINDS
from otplan.load import presets
from tests.kinds.build import CLUSTER, resource
from tests.tools.bring import tool

HARBOR = os.environ.get("OTPLAN_HARBOR") or shutil.which("harbor") or ""
QUIET = {"HARBOR_TELEMETRY": "off", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@pytest.mark.parametrize("name", sorted(presets.family("harbor")))
def test_harbor_takes_the_job_of_a_preset(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not HARBOR:
        pytest.skip("Harbor was not found, so it did not check the jobs; set OTPLAN_HARBOR")
    monkeypatch.setenv("OTPLAN_RUN_DIR", str(tmp_path))
    rendered = tool("trials").whole(_job(name), {"path": str(tmp_path), "task_names": ["a"]})
    path = tmp_path / "harbor.json"
    path.write_text(json.dumps(rendered))

    said = subprocess.run(
        [HARBOR, "run", "-c", str(path), "--print-config"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **QUIET},
    )

    assert said.returncode == 0, said.stderr
    understood = json.loads(said.stdout)
    assert understood["n_concurrent_trials"] == 7
    assert understood["agents"][0]["model_name"] == "hosted_vllm/org/m"
    assert understood["agents"][0]["kwargs"] == rendered["agents"][0]["kwargs"]
    assert understood["datasets"] == [{"path": str(tmp_path), "task_names": ["a"]}]


def _job(name: str) -> dict[str, Any]:
    files = {"trace.harbor": presets.preset("harbor", name)}
    files["trace.engine"] = presets.preset("engine", "glm_46_vllm_serve_torch_h200")
    given = {"tasks": "t", "harbor": name, "engine": files["trace.engine"].path, "model": "org/m"}
    one = resource("dataset.d", {"trace": {**given, "concurrency": 7}}, files=files)
    (made,) = KINDS["dataset"].stages(one, CLUSTER)
    assert made.program.config is not None
    job: dict[str, Any] = made.program.config["harbor"]
    return job
