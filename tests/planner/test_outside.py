"""A job that no manifest declares and that a stage is to wait for (`after`)."""

import pytest

from otplan.core.job import Edge, Job, JobRef, JobState
from otplan.core.plan import Action
from otplan.planner.edges import edges
from otplan.planner.outside import outside_jobs
from tests.planner.world import NOW, Scene, stage


def _scene(*states: JobState, word: str = "77", element: int | None = None) -> Scene:
    scene = Scene([stage("a", after=(word,)), stage("child", "a")])
    for age, state in enumerate(reversed(states)):
        submitted = NOW - 100 * (age + 1)
        scene.jobs.append(Job(JobRef("c", "77"), "theirs", state, element, submitted=submitted))
    return scene


def _edges(scene: Scene) -> tuple[Edge, ...]:
    (first, _) = scene.stages
    return edges(first, {}, outside_jobs(scene.stages, scene.snapshot))


def test_what_lives_is_waited_for() -> None:
    scene = _scene(JobState.RUNNING)

    assert scene.told() == ["+ a new", "+ child new"]
    assert _edges(scene) == (Edge(JobRef("c", "77")),)


def test_what_ended_well_is_waited_for_no_more() -> None:
    scene = _scene(JobState.COMPLETED)

    assert scene.told() == ["+ a new", "+ child new"]
    assert _edges(scene) == ()


def test_what_ended_badly_stops_its_branch() -> None:
    scene = _scene(JobState.FAILED)

    (change, _) = scene.plan().changes

    assert scene.told() == ["! a outside", ". child upstream"]
    assert change.reasons[0].text == "job 77, which it is to wait for, ended FAILED"


def test_what_nobody_knows_any_more_stops_its_branch() -> None:
    assert _scene().told() == ["! a outside", ". child upstream"]


def test_what_cannot_be_asked_for_now_is_unknown() -> None:
    scene = _scene()
    scene.answer = {"past_unknown": "no accounting today"}

    assert scene.told() == ["? a unknown", ". child upstream"]


def test_offline_nobody_was_asked() -> None:
    scene = _scene()
    scene.more = {"offline": True}

    assert scene.told() == ["? a unknown", ". child upstream"]


def test_of_a_number_that_was_used_again_the_newest_job_counts() -> None:
    assert _scene(JobState.FAILED, JobState.COMPLETED).told() == ["+ a new", "+ child new"]


def test_one_element_of_an_array_can_be_waited_for() -> None:
    scene = _scene(JobState.RUNNING, word="77_3", element=3)
    scene.jobs.append(Job(JobRef("c", "77"), "theirs", JobState.FAILED, 2))

    assert _edges(scene) == (Edge(JobRef("c", "77"), 3),)


def test_a_whole_array_counts_only_whole() -> None:
    scene = _scene(JobState.COMPLETED, element=3)
    scene.jobs.append(Job(JobRef("c", "77"), "theirs", JobState.FAILED, 2))

    assert scene.told()[0] == "! a outside"


@pytest.mark.parametrize("state", [JobState.FAILED, None])
def test_a_queued_job_keeps_its_edges_when_what_it_waits_for_went_wrong(
    state: JobState | None,
) -> None:
    scene = _scene(*([state] if state else []))
    scene.live("a", JobState.PENDING, reason="DependencyNeverSatisfied")

    (change, _) = scene.plan().changes

    assert (change.action, change.reasons[0].code) == (Action.BLOCKED, "stuck")
