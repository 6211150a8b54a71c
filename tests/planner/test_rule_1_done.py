"""Rule 1: what is verified is done; its queued jobs are too many, its running ones end."""

from otplan.core.evidence import Finding
from otplan.core.job import JobState
from otplan.core.plan import Action
from otplan.core.record import FactKind
from otplan.planner.policy import Policy
from tests.planner.world import Scene, only, stage


def test_what_is_recorded_as_verified_is_done() -> None:
    scene = Scene([stage("a")])
    scene.done("a")

    assert scene.told() == ["= a done"]


def test_what_was_just_found_of_a_known_attempt_is_done() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.COMPLETED)
    scene.lies("a", Finding.VERIFIED)

    assert scene.told() == ["= a done"]


def test_a_product_counts_though_its_job_ended_badly() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.TIMEOUT)
    scene.lies("a", Finding.VERIFIED)

    assert scene.told() == ["= a done"]


def test_a_queued_job_of_what_is_done_is_cancelled() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    job = scene.live("a", JobState.PENDING, 2)

    assert scene.told() == ["= a done", "- a idle"]
    assert only(scene.plan().changes, Action.CANCEL).cancels == (job,)


def test_a_running_job_of_what_is_done_ends_by_itself() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.live("a", JobState.RUNNING, 2)

    assert scene.told() == ["= a done"]


def test_a_queued_child_is_freed_before_the_idle_job_it_may_wait_for_is_cancelled() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.done("a")
    scene.live("a", JobState.PENDING, 2)
    scene.live("child", JobState.PENDING)

    assert scene.told() == ["= a done", "- a idle", "~ child reedge"]


def test_asked_for_anew_what_is_done_is_made_again_and_its_marker_not_believed() -> None:
    scene = Scene([stage("a")])
    scene.done("a")

    (change,) = scene.plan(Policy(resubmit=frozenset({"v1:a"}))).changes

    assert (change.action, change.n, change.disbelieved) == (Action.SUBMIT, 2, (1,))


def test_a_crash_after_a_marker_stopped_counting_loses_no_resubmission() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.noted("a", FactKind.DISBELIEVED, attempt=1)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a resubmit"]
    assert change.disbelieved == (1,)
