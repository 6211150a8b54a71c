"""Rule 0: what decides cannot be asked, or is still on its way."""

from otplan.core.evidence import Finding
from otplan.core.job import JobRef, JobState
from otplan.core.record import Fact, FactKind
from tests.planner.world import HOUR, NOW, Scene, stage


def test_a_queue_that_does_not_answer_makes_a_submitted_stage_unknown() -> None:
    scene = Scene([stage("a")], silent={"c": "no answer within 30 s"})
    scene.submitted("a")

    found = scene.plan()

    assert scene.told() == ["? a unknown"]
    assert found.changes[0].reasons[0].text == "no answer within 30 s"
    assert not found.complete


def test_nothing_is_submitted_to_a_queue_that_does_not_answer() -> None:
    scene = Scene([stage("a")], silent={"c": "no answer"})

    assert scene.told() == ["? a unknown"]
    assert not scene.plan().complete


def test_a_cluster_that_is_not_there_to_be_asked_holds_up_only_its_own_branch() -> None:
    scene = Scene([stage("a"), stage("child", "a"), stage("beside")])
    scene.submitted("a", cluster="gone")
    scene.submitted("undeclared", cluster="gone")

    assert scene.told() == ["? a unseen", ". child upstream", "+ beside new", "? undeclared unseen"]
    assert scene.plan().complete


def test_what_is_recorded_as_done_needs_no_queue() -> None:
    scene = Scene([stage("a")], silent={"c": "no answer"})
    scene.done("a")

    assert scene.told() == ["= a done"]
    assert scene.plan().complete


def test_folders_that_cannot_be_looked_at_make_a_stage_unknown() -> None:
    scene = Scene([stage("a")])
    scene.lies("a", Finding.UNKNOWN, why="the host is away")

    assert scene.told() == ["? a unknown"]
    assert not scene.plan().complete


def test_a_live_job_is_kept_though_its_folder_cannot_be_looked_at() -> None:
    scene = Scene([stage("a")])
    scene.live("a")
    scene.lies("a", Finding.UNKNOWN, why="the host is away")

    assert scene.told() == ["= a live"]


def test_below_the_unknown_nothing_is_submitted_and_beside_it_everything_is() -> None:
    scene = Scene([stage("a"), stage("child", "a"), stage("beside")])
    scene.lies("a", Finding.UNKNOWN, why="the host is away")

    assert scene.told() == ["? a unknown", ". child upstream", "+ beside new"]


def test_an_intent_without_an_answer_is_waited_for() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.tried("a", at=NOW - 60)

    assert scene.told() == ["? a submitting", ". child upstream"]
    assert scene.plan().complete


def test_an_intent_that_never_came_is_sent_again_under_the_same_number() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - HOUR)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a unsent"]
    assert change.n == 1


def test_an_intent_is_waited_for_as_long_as_whoever_wrote_it_is_at_it() -> None:
    scene = Scene([stage("a")], more={"holder_alive": True})
    scene.tried("a", at=NOW - HOUR)

    assert scene.told() == ["? a submitting"]


def test_an_older_intent_still_on_its_way_is_waited_for_too() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", 1, at=NOW - 60)
    scene.ended("a", "failed", 2)

    assert scene.told() == ["? a submitting"]


def test_what_was_refused_is_sent_again_under_the_same_number() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - 60)
    scene.noted("a", FactKind.WITHDRAWN, 1, why="too many jobs")

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a unsent"]
    assert change.n == 1


def test_an_intent_without_an_answer_tells_how_long_it_is_waited_for() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - 60)

    (reason,) = scene.plan().changes[0].reasons

    assert reason.text.endswith("a job may still come of it for 5 min")
    assert reason.help == "then: otplan continue"


def test_what_accounting_keeps_of_a_refusal_is_no_failure() -> None:
    scene = Scene([stage("a")])
    scene.tried("a")
    scene.noted("a", FactKind.WITHDRAWN, 1, why="too many nodes", round=0)
    scene.queue(JobRef("c", "7"), JobState.FAILED, started=NOW - HOUR, ended=NOW - HOUR)

    (change,) = scene.plan().changes

    assert scene.told() == ["+ a unsent"]
    assert (change.n, change.reasons[0].text) == (1, "too many nodes")


def test_what_is_sent_again_is_waited_for_anew() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - HOUR)
    scene.noted("a", FactKind.WITHDRAWN, 1, why="too many jobs", round=0)
    scene.facts.append(Fact("v1:a", 1, FactKind.RESENT, NOW - 60, values={"round": 1}))

    assert scene.told() == ["? a submitting"]


def test_what_was_refused_each_time_is_sent_again() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - HOUR)
    scene.noted("a", FactKind.WITHDRAWN, 1, why="too many jobs", round=0)
    scene.facts.append(Fact("v1:a", 1, FactKind.RESENT, NOW - 60, values={"round": 1}))
    scene.noted("a", FactKind.WITHDRAWN, 1, why="too many jobs", round=1)

    assert scene.told() == ["+ a unsent"]


def test_another_order_than_the_one_that_never_came_gets_the_next_number() -> None:
    scene = Scene([stage("a", digest="d2")])
    scene.tried("a", at=NOW - HOUR)

    assert scene.plan().changes[0].n == 2


def test_a_live_job_answers_for_an_intent() -> None:
    scene = Scene([stage("a")])
    scene.tried("a", at=NOW - 60)
    scene.queue(JobRef("c", "7"), JobState.PENDING)

    assert scene.told() == ["= a live"]


def test_offline_a_plan_goes_by_the_record() -> None:
    scene = Scene([stage("a"), stage("b"), stage("new")], more={"offline": True, "observed": {}})
    scene.done("a")
    scene.submitted("b")

    found = scene.plan()

    assert scene.told() == ["= a done", "= b live", "+ new new"]
    assert found.offline


def test_offline_an_intent_without_an_answer_is_waited_for() -> None:
    scene = Scene([stage("a")], more={"offline": True, "observed": {}})
    scene.tried("a", at=NOW - HOUR)

    assert scene.told() == ["? a submitting"]
