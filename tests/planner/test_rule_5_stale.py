"""Rule 5: jobs of what an address was declared as before, and that no stage wants any more."""

from otplan.core.job import JobState
from otplan.core.plan import Action
from otplan.planner.policy import Policy
from tests.planner.world import HOUR, NOW, Scene, only, stage

PENDING, RUNNING = JobState.PENDING, JobState.RUNNING
ALLOWED = Policy(replace_running=True)


def test_a_queued_job_of_the_old_declaration_goes_once_the_new_one_is_in() -> None:
    scene = Scene([stage("a")])
    old = scene.live("a@old", PENDING)

    (change,) = scene.plan().changes

    assert scene.told() == ["-/+ a changed"]
    assert (change.n, change.cancels) == (1, (old,))


def test_a_queued_job_of_the_old_declaration_goes_where_the_new_one_is_done() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    old = scene.live("a@old", PENDING)

    assert scene.told() == ["= a done", "- a displaced"]
    assert only(scene.plan().changes, Action.CANCEL).cancels == (old,)


def test_a_queued_job_of_the_old_declaration_goes_where_the_new_one_lives() -> None:
    scene = Scene([stage("a")])
    scene.live("a", RUNNING)
    scene.live("a@old", PENDING)

    assert scene.told() == ["= a live", "- a displaced"]


def test_a_queued_job_stays_while_the_new_one_cannot_go_in() -> None:
    scene = Scene([stage("up"), stage("a", "up")])
    scene.ended("up")
    scene.live("a@old", PENDING)

    changes = scene.plan().changes

    assert scene.told() == ["! up failed", ". a upstream"]
    assert [reason.code for reason in changes[1].reasons] == ["upstream", "old_queued"]


def test_a_running_job_of_the_old_declaration_needs_a_word() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.live("a@old", RUNNING, started=NOW - 3 * HOUR, declared={"nodes": "2", "gpus": "4"})

    (change, _) = scene.plan().changes

    assert scene.told() == ["! a old_running", ". child upstream"]
    assert (change.n, change.gpu_seconds, change.cancels) == (0, 0, ())
    assert "24.0 GPU-hours" in change.reasons[0].text
    assert change.reasons[0].help == "otplan apply --replace-running"


def test_with_that_word_a_running_job_is_replaced() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    old = scene.live("a@old", RUNNING)

    changes = scene.plan(ALLOWED).changes

    assert scene.told(ALLOWED) == ["-/+ a changed", "+ child new"]
    assert changes[0].cancels == (old,)


def test_an_old_running_job_stops_nothing_where_the_new_one_is_done() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.done("a")
    scene.live("a@old", RUNNING)

    assert scene.told() == ["= a done", "! a old_running", "+ child new"]


def test_an_old_running_job_stops_nothing_where_the_new_one_lives() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.live("a", PENDING)
    scene.live("a@old", RUNNING)

    assert scene.told() == ["= a live", "! a old_running", "+ child new"]


def test_what_another_address_wants_now_is_not_old() -> None:
    scene = Scene([stage("a"), stage("b", fingerprint="v1:a@old")])
    scene.live("a@old", RUNNING)

    assert scene.told() == ["+ a changed", "= b live"]


def test_an_old_job_of_another_user_is_only_told_of() -> None:
    scene = Scene([stage("a")])
    scene.live("a@old", RUNNING, user="alice")

    found = scene.plan(ALLOWED)

    assert scene.told(ALLOWED) == ["+ a changed"]
    assert found.notes == (f"script.a is running, declared by alice in {found.workspace.manifest}",)


def test_an_old_job_on_another_cluster_goes_too() -> None:
    scene = Scene([stage("a")])
    old = scene.live("a@old", PENDING, cluster="far")

    (change,) = scene.plan().changes

    assert scene.told() == ["-/+ a changed"]
    assert (change.cluster, change.cancels) == ("c", (old,))
