"""What planning costs grows with the graph and no faster, counted in calls, not in seconds."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from otplan.core.stage import Stage
from otplan.planner.fold import fold
from otplan.planner.learned import learned
from otplan.planner.plan import plan
from tests.kinds.build import resource
from tests.planner.world import Scene, chain, stage

SMALL, TIMES = 50, 4


def fan(size: int) -> list[Stage]:
    return [stage("s0"), *(stage(f"s{i}", "s0") for i in range(1, size))]


def fan_in(size: int) -> list[Stage]:
    leaves = [stage(f"s{i}") for i in range(1, size)]
    return [*leaves, stage("s0", *(f"s{i}" for i in range(1, size)))]


def nothing(stages: list[Stage]) -> Scene:
    return Scene(stages)


def done(stages: list[Stage]) -> Scene:
    scene = Scene(stages)
    declared = [resource(f"script.s{i}", {}) for i in range(len(stages))]
    scene.resources = {one.address: one for one in declared}
    for i in range(len(stages)):
        scene.done(f"s{i}")
    return scene


def renamed(stages: list[Stage]) -> Scene:
    scene = Scene(stages)
    for i in range(len(stages)):
        scene.done(f"s0@{i}")
        scene.live(f"s{i}@old")
    return scene


def queued(stages: list[Stage]) -> Scene:
    scene = Scene(stages)
    for i in range(len(stages)):
        scene.live(f"s{i}", reason="Priority")
    return scene


@pytest.mark.parametrize("shape", [chain, fan, fan_in])
@pytest.mark.parametrize("past", [nothing, done, queued, renamed])
def test_four_times_the_stages_cost_about_four_times_as_much(
    shape: Callable[[int], list[Stage]], past: Callable[[list[Stage]], Scene]
) -> None:
    small, large = past(shape(SMALL)), past(shape(TIMES * SMALL))

    assert _calls(large) < 1.3 * TIMES * _calls(small)


def test_four_times_the_elements_cost_about_four_times_as_much() -> None:
    def array(size: int) -> Scene:
        scene = Scene([stage("a", elements=size)])
        scene.done("a")
        return scene

    assert _calls(array(TIMES * SMALL)) < 1.3 * TIMES * _calls(array(SMALL))


def _calls(scene: Scene) -> int:
    """Count the functions that are called to fold, plan and learn."""
    graph, count = scene.graph, 0
    resolved, world = graph.resolved, scene.world

    def tick(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        snapshot = fold(resolved, world)
        plan(graph, snapshot)
        learned(snapshot)
    finally:
        sys.setprofile(None)
    return count
