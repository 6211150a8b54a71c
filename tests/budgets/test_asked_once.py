"""A plan asks each source once, however many resources there are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.artifacts.files import Files
from otplan.core.layout import run_folder
from otplan.operations.ground import Ground, Person
from otplan.operations.observe import Look
from otplan.operations.planning import make_plan
from otplan.operations.progress import Silent
from otplan.operations.project import Asked, Project, open_project
from otplan.shell.here import Here
from otplan.shell.table import connect
from tests.budgets.probing import project

NOBODY = Person("tester", clock=lambda: 1_700_000_000, pause=lambda _: None, progress=Silent())


class Counted:
    """Count the calls of another object's methods, under its name."""

    def __init__(self, real: object, name: str, calls: Counter[str]) -> None:
        self.real = real
        self.name = name
        self.calls = calls

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - what the other object has there
        found = getattr(self.real, attribute)
        if not callable(found):
            return found

        def call(*arguments: object, **named: object) -> object:
            self.calls[f"{self.name}.{attribute}"] += 1
            return found(*arguments, **named)

        return call


@pytest.mark.parametrize("size", [26, 104])
def test_an_empty_world_is_asked_four_questions(tmp_path: Path, size: int) -> None:
    opened, calls = _counted(_opened(tmp_path, size))

    make_plan(opened.ground, opened.graph)

    assert calls == {
        "registry.read": 1,
        "local.observe": 1,
        "local shell.names": 1,  # Which run folders there are.
        "local shell.read": 1,  # Whose folder it is: the workspace's id.
    }


@pytest.mark.parametrize("size", [26, 104])
def test_all_run_folders_are_looked_at_in_one_call(tmp_path: Path, size: int) -> None:
    opened, calls = _counted(_opened(tmp_path, size))
    for stage in opened.graph.stages:
        home, workspace = opened.ground.home(stage.cluster), opened.ground.workspace
        Path(run_folder(home, workspace, stage.fingerprint)).mkdir(parents=True)

    make_plan(opened.ground, opened.graph)

    assert calls["local artifacts.look"] == 1
    assert calls["local files.read"] <= 1


@pytest.mark.parametrize("look", [Look(), Look(refresh=True)], ids=["plan", "refresh"])
def test_each_cluster_is_observed_once(tmp_path: Path, look: Look) -> None:
    opened, calls = _counted(_opened(tmp_path, 26, second=True))

    make_plan(opened.ground, opened.graph, look=look)

    assert (calls["local.observe"], calls["other.observe"], calls["registry.read"]) == (1, 1, 1)


def test_offline_only_what_is_recorded_is_recalled(tmp_path: Path) -> None:
    opened, calls = _counted(_opened(tmp_path, 26))

    make_plan(opened.ground, opened.graph, look=Look(offline=True))

    assert calls == {"registry.recall": 1}


def _opened(tmp_path: Path, size: int, *, second: bool = False) -> Project:
    """Open a project, with one program on a second cluster where that is asked for."""
    folder = project(tmp_path / "project", size)
    if second:
        (folder / "clusters").mkdir()
        (folder / "clusters" / "other.yaml").write_text(
            f"scheduler: local\nlogin: here\nexperiments_dir: {tmp_path / 'other'}\n"
        )
        with (folder / "manifest.yaml").open("a") as file:
            file.write("scripts:\n  there: {cluster: other, script: work.py}\n")
    return open_project(Asked(str(folder / "manifest.yaml")), connect("here"), NOBODY)


def _counted(opened: Project) -> tuple[Project, Counter[str]]:
    """Return the project on a ground that counts what is asked of it."""
    calls: Counter[str] = Counter()
    ground = opened.ground

    def each(named: Mapping[str, object], what: str) -> Any:  # noqa: ANN401 - stands for the real
        return {name: Counted(real, f"{name}{what}", calls) for name, real in named.items()}

    files = each(dict.fromkeys(ground.clusters, Here()), " files")
    counted: Ground = replace(
        ground,
        registry=each({"registry": ground.registry}, "")["registry"],
        catalog=each({"catalog": ground.catalog}, "")["catalog"],
        schedulers=each(ground.schedulers, ""),
        shells=each(ground.shells, " shell"),
        artifacts=each({name: Files(shell) for name, shell in files.items()}, " artifacts"),
    )
    return replace(opened, ground=counted), calls
