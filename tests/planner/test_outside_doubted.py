"""What accounting calls live and the queue does not know is no job that can be waited for."""

from dataclasses import replace

from otplan.core.job import Job, JobRef, JobState
from otplan.planner.edges import edges
from otplan.planner.outside import outside_jobs
from tests.planner.world import NOW, Scene, stage


def _scene(*jobs: Job) -> Scene:
    scene = Scene([stage("a", after=("77",)), stage("child", "a")])
    scene.jobs += jobs
    return scene


BARE = Job(JobRef("c", "77"), "theirs", JobState.RUNNING, None, submitted=NOW - 100)


def test_a_doubted_job_outside_is_unknown() -> None:
    scene = _scene(replace(BARE, doubted=True))

    assert scene.told()[0] == "? a unknown"


def test_a_doubted_job_outside_is_no_edge() -> None:
    scene = _scene(replace(BARE, doubted=True))

    assert edges(scene.stages[0], {}, outside_jobs(scene.stages, scene.snapshot)) == ()


def test_a_part_of_an_array_is_not_all_of_it_while_the_past_is_unknown() -> None:
    seen = [replace(BARE, state=JobState.COMPLETED, element=e) for e in (5, 6, 7)]
    scene = _scene(*seen)
    scene.answer = {"past_unknown": "sacct does not answer; elements 0 to 4 are forgotten"}

    assert scene.told()[0] == "? a unknown"
