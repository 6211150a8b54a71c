"""Rule 3: nothing lives and the last attempt failed; what happens then goes by its cause."""

import pytest

from otplan.core.evidence import Evidence, Finding
from otplan.core.job import JobState
from otplan.core.record import FactKind
from otplan.planner.verdict import NOT_STARTED, RETRIED
from tests.planner.world import NOW, Scene, stage


@pytest.mark.parametrize("cause", sorted(RETRIED))
def test_a_cause_that_another_start_may_cure_is_tried_again(cause: str) -> None:
    scene = Scene([stage("a", attempts=2)])
    scene.ended("a", cause)

    assert scene.told() == ["+ a again"]
    assert scene.plan().changes[0].n == 2


@pytest.mark.parametrize("cause", sorted(NOT_STARTED))
def test_a_program_that_never_started_has_not_failed_but_a_person_looks(cause: str) -> None:
    scene = Scene([stage("a", attempts=1)])
    scene.ended("a", cause)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a not_started"]
    assert change.person


@pytest.mark.parametrize("cause", ["out_of_memory", "killed", "cancelled", "deadline"])
def test_a_cause_that_another_start_does_not_cure_needs_a_person(cause: str) -> None:
    scene = Scene([stage("a", attempts=9)])
    scene.ended("a", cause)

    (change,) = scene.plan().changes

    assert scene.told() == ["! a failed"]
    assert "otplan retry 'script.a'" in change.reasons[0].help


def test_a_script_that_slurm_killed_for_its_memory_is_not_started_again() -> None:
    scene = Scene([stage("a", attempts=9)])
    ref = scene.over("a", JobState.FAILED, signal=9)
    scene.wrote("a", ref.id, 1, "failed", starts=1)  # by an earlier start of the same job

    (seen,) = scene.snapshot.cell("v1:a", 0).seen

    assert (seen.cause, seen.starts) == ("killed", 2)
    assert scene.told() == ["! a failed"]


def test_without_a_retry_policy_a_failure_needs_a_person() -> None:
    scene = Scene([stage("a"), stage("child", "a"), stage("beside")])
    scene.ended("a", "failed")

    assert scene.told() == ["! a failed", ". child upstream", "+ beside new"]


def test_attempts_are_used_up_one_by_one() -> None:
    scene = Scene([stage("a", attempts=2)])
    scene.ended("a", "timeout", 1)
    scene.ended("a", "failed", 2)

    assert scene.told() == ["! a failed"]


def test_starts_of_one_job_are_counted_like_attempts() -> None:
    scene = Scene([stage("a", attempts=3)])
    scene.ended("a", "failed", starts=2)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a again"]
    assert (change.n, change.starts) == (2, 1)


def test_starts_of_one_job_use_up_the_attempts() -> None:
    scene = Scene([stage("a", attempts=3)])
    scene.ended("a", "timeout", starts=3)

    assert scene.told() == ["! a failed"]


def test_a_job_that_was_killed_has_one_start_more_than_it_noted() -> None:
    scene = Scene([stage("a", attempts=3)])
    ref = scene.over("a", JobState.TIMEOUT)
    scene.wrote("a", ref.id, 75, "timeout", starts=2)

    assert scene.told() == ["! a failed"]


def test_a_job_that_failed_without_a_last_word_has_one_start_more_than_it_noted() -> None:
    scene = Scene([stage("a", attempts=3)])
    scene.over("a", JobState.FAILED)
    scene.evidence["v1:a", -1] = Evidence(Finding.ABSENT, endings={1: 2})

    assert scene.told() == ["! a failed"]


def test_a_lost_job_has_one_start_more_than_it_noted() -> None:
    scene = Scene([stage("a", attempts=3)])
    scene.submitted("a")
    scene.evidence["v1:a", -1] = Evidence(Finding.ABSENT, endings={1: 2})

    assert scene.told() == ["! a failed"]


def test_a_lost_node_uses_up_no_attempt_but_is_bounded() -> None:
    scene = Scene([stage("a", attempts=1, interruptions=2), stage("b", interruptions=0)])
    scene.ended("a", "node_fail", 1)
    scene.ended("a", "preempted", 2)
    scene.ended("b", "node_fail", 1)

    assert scene.told() == ["+ a again", "! b failed"]


def test_a_job_that_ended_well_without_its_product_failed() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.COMPLETED)
    scene.lies("a", Finding.ABSENT)

    (change,) = scene.plan().changes

    assert scene.told() == ["! a failed"]
    assert "not there" in change.reasons[0].text


def test_more_memory_is_a_reason_to_try_again() -> None:
    scene = Scene([stage("a", digest="d2")])
    scene.ended("a", "out_of_memory")

    assert scene.told() == ["+ a changed_order"]


def test_a_persons_word_is_a_reason_to_try_once_more() -> None:
    scene = Scene([stage("a")])
    scene.ended("a", "failed")
    scene.noted("a", FactKind.RETRY, after=1)

    assert scene.told() == ["+ a retry"]


def test_a_persons_word_counts_for_what_had_failed_by_then() -> None:
    scene = Scene([stage("a")])
    scene.ended("a", "failed", 1)
    scene.noted("a", FactKind.RETRY, after=1)
    scene.ended("a", "failed", 2)

    assert scene.told() == ["! a failed"]


def test_a_persons_word_gives_back_all_attempts() -> None:
    scene = Scene([stage("a", attempts=2)])
    scene.ended("a", "failed", 1)
    scene.ended("a", "failed", 2)
    scene.noted("a", FactKind.RETRY, after=2)
    scene.ended("a", "failed", 3)

    assert scene.told() == ["+ a again"]


def test_what_once_made_its_product_is_no_failed_start() -> None:
    scene = Scene([stage("a", attempts=2)])
    scene.done("a", 1)
    scene.noted("a", FactKind.DISBELIEVED, attempt=1)
    scene.ended("a", "failed", 2)

    assert scene.told() == ["+ a again"]


def test_a_job_that_never_started_is_no_failure() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.CANCELLED, started=0)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a void"]
    assert change.n == 2


def test_a_job_that_otplan_cancelled_is_no_failure() -> None:
    scene = Scene([stage("a")])
    ref = scene.over("a", JobState.CANCELLED)
    scene.noted("a", FactKind.CANCELLED, 1, job=ref.id)

    assert scene.told() == ["+ a void"]


def test_a_job_that_otplan_cancelled_and_slurm_forgot_is_no_failure() -> None:
    scene = Scene([stage("a")])
    ref = scene.submitted("a")
    scene.noted("a", FactKind.CANCELLED, 1, job=ref.id)

    assert scene.told() == ["+ a void"]


def test_a_job_that_somebody_cancelled_is_one() -> None:
    scene = Scene([stage("a", attempts=5)])
    scene.over("a", JobState.CANCELLED)

    assert scene.told() == ["! a failed"]


def test_the_cancel_of_a_twin_does_not_excuse_the_other_job() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.CANCELLED)
    scene.noted("a", FactKind.CANCELLED, 1, job="another")

    assert scene.told() == ["! a failed"]


def test_a_twin_that_stopped_itself_is_no_failure() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.FAILED, exit_code=75)
    scene.lies("a", Finding.ABSENT)

    assert scene.told() == ["+ a void"]


def test_a_twin_that_cancelled_itself_is_no_failure() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.CANCELLED)
    scene.wrote("a", "another", 1, "failed")

    assert scene.told() == ["+ a void"]


def test_an_attempt_that_came_too_late_is_no_failure() -> None:
    scene = Scene([stage("a")])
    ref = scene.over("a", JobState.FAILED, exit_code=75)
    scene.wrote("a", ref.id, 75, "superseded")

    assert scene.told() == ["+ a void"]


def test_what_was_cancelled_by_otplan_is_not_counted_as_a_start() -> None:
    scene = Scene([stage("a", attempts=2)])
    scene.ended("a", "void", 1)
    scene.ended("a", "failed", 2)

    assert scene.told() == ["+ a again"]


def test_a_job_that_is_gone_without_a_word_is_lost() -> None:
    scene = Scene([stage("a")])
    scene.submitted("a")

    (change,) = scene.plan().changes

    assert scene.told() == ["! a failed"]
    assert "lost" in change.reasons[0].text


def test_a_job_too_young_to_be_forgotten_is_not_lost() -> None:
    scene = Scene([stage("a"), stage("child", "a"), stage("beside")])
    scene.submitted("a")
    scene.now = NOW - 50 * 60

    found = scene.plan()

    assert scene.told() == ["? a unseen", ". child upstream", "+ beside new"]
    assert found.complete


def test_a_job_of_another_user_is_not_lost() -> None:
    scene = Scene([stage("a"), stage("beside")])
    scene.submitted("a", user="alice")

    found = scene.plan()

    assert scene.told() == ["? a unseen", "+ beside new"]
    assert "alice" in found.changes[0].reasons[0].text
    assert found.complete
