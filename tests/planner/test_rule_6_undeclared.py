"""Rule 6: records that no stage of the manifest stands for."""

from otplan.core.job import JobState
from otplan.core.plan import Action
from otplan.planner.policy import Policy
from tests.planner.world import Scene, only, stage


def test_a_queued_job_of_what_is_no_longer_declared_is_cancelled() -> None:
    scene = Scene([])
    job = scene.live("a", JobState.PENDING)

    assert scene.told() == ["- a undeclared"]
    assert only(scene.plan().changes, Action.CANCEL).cancels == (job,)


def test_a_running_job_of_what_is_no_longer_declared_needs_a_word() -> None:
    scene = Scene([])
    job = scene.live("a")

    (change,) = scene.plan().changes

    assert scene.told() == ["! a undeclared_running"]
    assert (change.jobs, change.cancels) == ((job,), ())
    assert change.reasons[0].help == "otplan apply --cancel-running"


def test_with_that_word_it_is_cancelled() -> None:
    scene = Scene([])
    job = scene.live("a")

    (change,) = scene.plan(Policy(cancel_running=True)).changes

    assert (change.action, change.cancels) == (Action.CANCEL, (job,))


def test_what_ended_is_archived() -> None:
    scene = Scene([])
    scene.done("a")

    assert scene.told() == [". a archived"]


def test_what_was_archived_and_is_declared_again_is_done() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.stages = []
    before = scene.told()
    scene.stages = [stage("a")]

    after = scene.told()

    assert (before, after) == ([". a archived"], ["= a done"])


def test_an_old_declaration_that_ended_is_not_worth_a_line() -> None:
    scene = Scene([stage("a")])
    scene.done("a@old")
    scene.done("a")

    assert scene.told() == ["= a done"]


def test_what_another_user_recorded_is_only_told_of() -> None:
    scene = Scene([], silent={"far": "away"})
    scene.live("a", JobState.PENDING, user="alice", manifest="b.yaml")
    scene.submitted("b", user="alice", manifest="b.yaml", cluster="far")
    scene.done("c", user="alice", manifest="b.yaml")

    found = scene.plan(Policy(cancel_running=True, replace_running=True))

    assert found.changes == ()
    assert found.complete
    assert found.notes == (
        "script.a is queued, declared by alice in b.yaml",
        "script.b is unknown, declared by alice in b.yaml",
        "script.c is done, declared by alice in b.yaml",
    )


def test_what_the_same_user_recorded_from_another_manifest_is_only_told_of() -> None:
    scene = Scene([])
    scene.live("a", manifest="b.yaml")

    assert scene.told(Policy(cancel_running=True)) == []


def test_what_cannot_be_asked_about_is_not_archived() -> None:
    scene = Scene([], silent={"c": "away"})
    scene.submitted("a")

    assert scene.told() == ["? a unknown"]
    assert not scene.plan().complete


def test_an_intent_of_what_is_no_longer_declared_is_waited_for() -> None:
    scene = Scene([], more={"holder_alive": True})
    scene.tried("a")

    assert scene.told() == ["? a submitting"]
