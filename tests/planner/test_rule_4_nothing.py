"""Rule 4: nothing is known of it, or something lies there that nobody recorded."""

import pytest

from otplan.core.evidence import Finding
from otplan.core.job import JobRef, JobState
from otplan.core.plan import Action
from otplan.core.record import FactKind
from otplan.planner.policy import Policy
from tests.planner.world import NOW, Scene, chain, diamond, stage


def test_what_nobody_heard_of_is_submitted_and_so_is_all_below_it() -> None:
    scene = Scene(diamond())

    assert scene.told() == ["+ top new", "+ left new", "+ right new", "+ bottom new"]
    assert {change.n for change in scene.plan().changes} == {1}


def test_below_what_is_done_only_the_rest_is_submitted() -> None:
    scene = Scene(chain(3))
    scene.done("s0")

    assert scene.told() == ["= s0 done", "+ s1 new", "+ s2 new"]


@pytest.mark.parametrize("finding", [Finding.ABSENT, Finding.EMPTY, Finding.FOREIGN])
def test_what_is_not_all_of_it_does_not_count(finding: Finding) -> None:
    scene = Scene([stage("a")])
    scene.lies("a", finding)

    assert scene.told() == ["+ a new"]


def test_what_nobody_recorded_is_asked_about_and_stops_only_its_branch() -> None:
    scene = Scene([stage("a"), stage("child", "a"), stage("beside")])
    scene.lies("a", Finding.VERIFIED)

    (change, *_) = scene.plan().changes

    assert scene.told() == ["< a found", ". child upstream", "+ beside new"]
    assert change.reasons[0].help == "otplan adopt 'script.a'"


def test_what_was_found_is_made_anew_where_that_is_asked_for() -> None:
    scene = Scene([stage("a")])
    scene.lies("a", Finding.VERIFIED, 3)

    (change,) = scene.plan(Policy(resubmit=frozenset({"v1:a"}))).changes

    assert (change.action, change.disbelieved) == (Action.SUBMIT, (3,))


def test_what_was_adopted_is_done() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.verified("a", 0)

    assert scene.told() == ["= a done", "+ child new"]


def test_what_was_forgotten_is_found_again() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.noted("a", FactKind.FORGOTTEN, upto=1, round=1)
    scene.lies("a", Finding.VERIFIED)

    assert scene.told() == ["< a found"]


def test_what_was_forgotten_with_nothing_left_is_submitted_under_the_next_number() -> None:
    scene = Scene([stage("a")])
    scene.ended("a")
    scene.noted("a", FactKind.FORGOTTEN, upto=1, round=1)

    assert scene.told() == ["+ a new"]
    assert scene.plan().changes[0].n == 2


def test_what_was_adopted_and_forgotten_no_longer_counts() -> None:
    scene = Scene([stage("a")])
    scene.verified("a", 0)
    scene.noted("a", FactKind.FORGOTTEN, upto=0, round=1)

    assert scene.told() == ["+ a new"]


def test_what_was_forgotten_can_be_adopted_again() -> None:
    scene = Scene([stage("a")])
    scene.verified("a", 0)
    scene.noted("a", FactKind.FORGOTTEN, upto=0, round=1)
    scene.verified("a", 0, round=2)

    assert scene.told() == ["= a done"]


def test_what_is_adopted_after_its_marker_stopped_counting_is_done() -> None:
    scene = Scene([stage("a")])
    scene.verified("a", 0)
    scene.noted("a", FactKind.DISBELIEVED, attempt=0)
    scene.ended("a", "failed", 1)
    scene.verified("a", 0, round=2)

    assert scene.told() == ["= a done"]


def test_a_live_job_counts_though_its_attempt_was_forgotten() -> None:
    scene = Scene([stage("a")])
    scene.live("a")
    scene.noted("a", FactKind.FORGOTTEN, upto=1, round=1)

    assert scene.told() == ["= a live"]


def test_what_it_reads_from_outside_is_never_submitted() -> None:
    scene = Scene([stage("data", given="/data"), stage("a", "data")])
    scene.lies("data", Finding.VERIFIED, 0)

    assert scene.told() == ["= data source", "+ a new"]


def test_what_should_exist_already_and_does_not_needs_a_person() -> None:
    scene = Scene([stage("data", given="/data"), stage("a", "data")])
    scene.lies("data", Finding.ABSENT)

    assert scene.told() == ["! data missing", ". a upstream"]


def test_what_exists_already_with_nothing_in_it_needs_a_person_who_is_told_so() -> None:
    scene = Scene([stage("data", given="/data"), stage("a", "data")])
    scene.lies("data", Finding.EMPTY, why="/data is empty")

    (change, _) = scene.plan().changes

    assert scene.told() == ["! data missing", ". a upstream"]
    assert change.reasons[0].text == "/data is empty"
    assert change.reasons[0].help.startswith("Put there what it is to hold")


def test_what_is_not_pinned_is_shown_and_makes_the_plan_incomplete() -> None:
    scene = Scene([stage("a", fingerprint="unpinned:1")])
    scene.submitted("a@old", at=NOW)

    assert scene.told() == ["+ a unpinned"]
    assert not scene.plan().complete


def test_what_vanished_is_not_remade_where_nothing_needs_it() -> None:
    scene = Scene(chain(2))
    scene.done("s0")
    scene.done("s1")
    scene.lies("s0", Finding.ABSENT)

    assert scene.told() == ["= s0 lost", "= s1 done"]


def test_what_vanished_is_remade_for_what_will_run_and_its_marker_is_not_believed() -> None:
    scene = Scene(chain(3))
    scene.done("s0")
    scene.done("s1")
    scene.lies("s0", Finding.EMPTY)
    scene.lies("s1", Finding.ABSENT)

    changes = scene.plan().changes

    assert scene.told() == ["+ s0 lost", "+ s1 lost", "+ s2 new"]
    assert (changes[0].n, changes[0].disbelieved) == (2, (1,))


def test_what_vanished_is_remade_for_a_child_that_waits_in_the_queue() -> None:
    scene = Scene(chain(2))
    scene.done("s0")
    scene.lies("s0", Finding.ABSENT)
    scene.live("s1", JobState.PENDING)

    assert scene.told() == ["+ s0 lost", "~ s1 reedge"]


def test_what_vanished_and_is_noted_as_gone_stays_lost() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.noted("a", FactKind.VANISHED, 1, round=1)

    assert scene.told() == ["= a lost"]


def test_what_came_back_is_done_again() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.noted("a", FactKind.VANISHED, 1, round=1)
    scene.lies("a", Finding.VERIFIED)

    assert scene.told() == ["= a done"]


def test_what_cannot_be_looked_at_again_stays_done() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.lies("a", Finding.UNKNOWN, why="away")

    assert scene.told() == ["= a done"]


def test_a_live_job_that_no_record_knows_is_kept_by_its_token() -> None:
    scene = Scene([stage("a")])
    job = scene.live("a")
    scene.attempts.clear()
    scene.facts.clear()

    (change,) = scene.plan().changes

    assert scene.told() == ["= a live"]
    assert (change.jobs, scene.plan().notes) == ((job,), ())


def test_a_job_with_an_unknown_token_is_told_of_and_never_touched() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    scene.queue(JobRef("c", "7"), JobState.RUNNING, name="b.otp-aaaaaaaaaaaa.1")

    found = scene.plan()

    assert scene.told() == ["= a done"]
    assert "c:7" in found.notes[0]
