"""A join is made for its reader only: a reader that is done needs none."""

import pytest

from otplan.core.evidence import Finding
from otplan.planner import joins
from tests.planner.world import Scene, stage


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "MOST", 3)


def _scene() -> Scene:
    parents = [stage(f"p{n}") for n in range(4)]
    made = tuple(joins.with_joins([*parents, stage("all", *(f"p{n}" for n in range(4)))]))
    scene = Scene(made)
    for n in range(4):
        scene.done(f"p{n}")
    scene.done("all")
    return scene


def test_no_join_is_sent_for_a_reader_that_is_done() -> None:
    assert [one for one in _scene().told() if one.startswith("+")] == []


def test_what_vanished_is_not_made_anew_for_a_join_alone() -> None:
    scene = _scene()
    for n in range(4):
        scene.lies(f"p{n}", Finding.ABSENT)

    assert [one for one in scene.told() if one.startswith("+ p")] == []
