"""A job of ours that no record knows counts by its token; one of another workspace does not."""

from otplan.core.job import JobRef, JobState
from otplan.fingerprint.naming import job_name, token
from tests.planner.world import Scene, stage

OURS = job_name("a", token("w-1", "v1:a"), 3)
NOBODYS = job_name("x", token("w-1", "v1:gone"), 1)


def test_a_live_job_with_a_stages_token_is_its_attempt() -> None:
    scene = Scene([stage("a")])
    scene.queue(JobRef("c", "7"), JobState.RUNNING, name=OURS)

    (change,) = scene.plan().changes

    assert scene.told() == ["= a live"]
    assert change.jobs == (JobRef("c", "7"),)


def test_a_job_of_ours_that_nobody_knows_is_told_and_left_alone() -> None:
    scene = Scene([])
    scene.queue(JobRef("c", "7"), JobState.RUNNING, name=NOBODYS)

    plan = scene.plan()

    assert plan.changes == ()
    assert "in no record" in plan.notes[0]


def test_a_job_of_another_workspace_is_none_of_our_business() -> None:
    scene = Scene([])
    scene.queue(JobRef("c", "7"), JobState.RUNNING, name=NOBODYS, comment="otplan v v-9 script.x m")

    assert scene.plan().notes == ()
