"""Every Harbor job that is rendered is one for Harbor itself: of each preset and each example."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from otplan.kinds import KINDS
from otplan.load import presets
from tests.acceptance import examples
from tests.acceptance.lab import Lab
from tests.kinds.build import CLUSTER, resource
from tests.tools.bench import QUIET, harbor
from tests.tools.bring import tool

pytestmark = pytest.mark.services
PLACE = {"path": "/tasks", "task_names": ["a"]}


def test_harbor_takes_the_job_of_every_preset_as_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_RUN_DIR", str(tmp_path))
    jobs = {name: whole(_job(name)) for name in sorted(presets.family("harbor"))}

    understood = said(jobs, tmp_path)

    assert len(jobs) > 30
    for name, job in jobs.items():
        assert lost(job, understood[name]) == [], name
        assert understood[name]["n_concurrent_trials"] == 7
        assert understood[name]["agents"][0]["model_name"] == "hosted_vllm/org/m"


def test_harbor_takes_the_job_of_every_example_as_it_is_meant(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_RUN_DIR", str(fresh.root))
    project = examples.prepare(fresh)
    jobs = {
        f"{name}: {stage.label}": whole(stage.program.config["harbor"])
        for name in examples.NAMES
        for stage in examples.stages(project, name)
        if stage.program.config and "harbor" in stage.program.config
    }

    understood = said(jobs, fresh.root)

    assert len(jobs) > 30
    for name, job in jobs.items():
        assert lost(job, understood[name]) == [], name


def said(jobs: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what Harbor understands of each job."""
    paths = [folder / f"job-{number}.json" for number in range(len(jobs))]
    for path, job in zip(paths, jobs.values(), strict=True):
        path.write_text(json.dumps(job))
    done = subprocess.run(
        [str(harbor().parent / "python"), str(Path(__file__).with_name("harbor_says.py")), *paths],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **QUIET},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, json.loads(done.stdout), strict=True))


def lost(job: Any, understood: Any, path: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Return the paths of what is in a job and not in what was understood of it."""
    # Read by earlier releases; decision 24 says what is left of it.
    if path == ".orchestrator":
        return []
    if isinstance(job, dict) and isinstance(understood, dict):
        return [one for key in job for one in lost(job[key], understood.get(key), f"{path}.{key}")]
    if isinstance(job, list) and isinstance(understood, list) and len(job) == len(understood):
        # Exceptions are a set: Harbor tells them in no order.
        both = zip(sorted(job, key=str), sorted(understood, key=str), strict=True)
        return [one for n, (a, b) in enumerate(both) for one in lost(a, b, f"{path}.{n}")]
    return [] if job == understood else [f"{path}: {job} was understood as {understood}"]


def whole(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a job as its tool writes it."""
    made: Mapping[str, Any] = tool("trials").whole(job, PLACE)
    return made


def _job(name: str) -> dict[str, Any]:
    files = {"trace.harbor": presets.preset("harbor", name)}
    files["trace.engine"] = presets.preset("engine", "glm_46_vllm_serve_torch_h200")
    given = {"tasks": "t", "harbor": name, "engine": files["trace.engine"].path, "model": "org/m"}
    one = resource("dataset.d", {"trace": {**given, "concurrency": 7}}, files=files)
    (made,) = KINDS["dataset"].stages(one, CLUSTER)
    assert made.program.config is not None
    job: dict[str, Any] = made.program.config["harbor"]
    return job
