"""What a queued job is tied to anew may have ended, and be forgotten, since the plan was made."""

from dataclasses import replace
from pathlib import Path

from otplan.core.job import Job, JobRef, JobState
from otplan.core.plan import Action, Change, Effect, Reason
from otplan.operations.yielding import update_queued
from tests.operations.test_look_again import LATER, submission
from tests.planner.world import Scene, stage

OUTSIDE = JobRef("c", "77")


def test_a_job_outside_that_failed_during_the_apply_is_no_new_edge(tmp_path: Path) -> None:
    scene = Scene([stage("a", after=("77",))])
    scene.jobs.append(Job(OUTSIDE, "theirs", JobState.RUNNING))
    queued = scene.live("a", JobState.PENDING, reason="Dependency")
    sub = submission(
        tmp_path, scene, {("c:77", -1): OUTSIDE}, Job(OUTSIDE, "theirs", JobState.FAILED)
    )
    sent: list[object] = []
    sub.ground.schedulers["c"].change = lambda *given: sent.append(given)  # type: ignore[method-assign]
    bare = Change(Action.UPDATE, "a", (), "v1:a", "d1", (Reason("reedge", ""),), "c")
    bare = replace(bare, effect=Effect.REEDGE)

    update_queued(sub, [replace(bare, jobs=(queued,))])

    assert LATER - scene.snapshot.at > 300
    assert sent == []
