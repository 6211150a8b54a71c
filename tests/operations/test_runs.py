"""What W&B says of runs is noted project by project: one that is not shown hides no other."""

from pathlib import Path

import pytest

from otplan.core.record import FactKind
from otplan.errors import Unreachable
from otplan.operations import runs
from otplan.shell.wandb_runs import Run
from tests.operations.test_look_again import submission
from tests.planner.world import WORKSPACE, Scene, stage

ENDED = Run("https://w.example.org/t/b/runs/x", 100, 200, "finished")


def _answered(project: str, names: list[str], key: str) -> dict[str, Run]:
    if project == "t/a":
        raise Unreachable(f"W&B did not answer about {project}", "try again")
    return dict.fromkeys(names, ENDED)


def test_a_project_that_is_not_shown_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene([stage("first"), stage("second")])
    ground = submission(tmp_path, scene, {}).ground
    ground.registry.found("w", WORKSPACE.manifest, WORKSPACE.id)
    first, second = scene.graph.stages
    asked = {"t/a": {"x": (first, 1)}, "t/b": {"y": (second, 1)}}
    monkeypatch.setattr(runs, "unnoted", lambda *_: asked)
    monkeypatch.setattr(runs, "runs", _answered)

    _, noted = runs.note_runs(ground, scene.graph, scene.snapshot)

    facts = ground.registry.read("w").facts
    assert noted == 1
    assert [(f.fingerprint, f.kind) for f in facts] == [("v1:second", FactKind.REPORTED)]
