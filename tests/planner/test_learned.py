"""What a look teaches: noted once, and nothing new the second time."""

from otplan.core.evidence import Finding
from otplan.core.job import JobRef, JobState
from otplan.core.record import FactKind
from tests.planner.world import Scene, stage

PENDING, RUNNING = JobState.PENDING, JobState.RUNNING


def kinds(scene: Scene) -> list[tuple[FactKind, int, int]]:
    return [(fact.kind, fact.n, fact.element) for fact in scene.sync()]


def test_a_job_found_for_an_intent_is_noted() -> None:
    scene = Scene([stage("a")])
    scene.tried("a")
    scene.queue(JobRef("c", "7"), PENDING)

    (fact,) = scene.sync()

    assert (fact.kind, fact.values) == (FactKind.SUBMITTED, {"job": "7", "user": "me"})
    assert scene.sync() == []


def test_a_second_job_of_an_attempt_is_noted_too() -> None:
    scene = Scene([stage("a")])
    scene.live("a", PENDING)
    scene.queue(JobRef("c", "999"), PENDING)

    (fact,) = scene.sync()

    assert (fact.kind, fact.values) == (FactKind.SUBMITTED, {"job": "999", "user": "me"})
    assert scene.sync() == []


def test_an_end_is_noted_with_its_cause() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.TIMEOUT)

    (fact,) = scene.sync()

    assert fact.kind is FactKind.ENDED
    assert (fact.values["state"], fact.values["cause"]) == ("TIMEOUT", "timeout")
    assert scene.sync() == []


def test_each_element_that_ended_is_noted() -> None:
    scene = Scene([stage("a", elements=2)])
    scene.over("a", JobState.FAILED)

    assert kinds(scene) == [(FactKind.ENDED, 1, 0), (FactKind.ENDED, 1, 1)]
    assert kinds(scene) == []


def test_a_product_that_was_found_is_noted() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.COMPLETED)
    scene.lies("a", Finding.VERIFIED, metrics={"loss": 1.5})

    facts = scene.sync()

    assert [fact.kind for fact in facts] == [FactKind.ENDED, FactKind.VERIFIED]
    assert facts[1].values == {
        "output": "/x/a/1",
        "files": {"f": 1},
        "metrics": {"loss": 1.5},
        "round": 1,
    }
    assert scene.sync() == []


def test_what_came_and_went_is_noted_each_time() -> None:
    scene = Scene([stage("a")])
    scene.done("a")
    rounds = []
    for finding in (Finding.ABSENT, Finding.VERIFIED, Finding.EMPTY, Finding.VERIFIED):
        scene.lies("a", finding)
        rounds += [(fact.kind, fact.values["round"]) for fact in scene.sync()]
        assert scene.sync() == []

    assert rounds == [
        (FactKind.VANISHED, 1),
        (FactKind.VERIFIED, 2),
        (FactKind.VANISHED, 2),
        (FactKind.VERIFIED, 3),
    ]


def test_what_nobody_recorded_is_not_noted_by_itself() -> None:
    scene = Scene([stage("a")])
    scene.lies("a", Finding.VERIFIED, 5)

    assert scene.sync() == []


def test_a_live_job_without_a_record_is_noted() -> None:
    scene = Scene([stage("a")])
    scene.live("a", RUNNING)
    scene.attempts.clear()
    scene.facts.clear()

    assert kinds(scene) == [(FactKind.SUBMITTED, 1, -1)]


def test_what_cannot_be_known_is_not_noted() -> None:
    scene = Scene([stage("a"), stage("b")], silent={"c": "away"})
    scene.submitted("a")
    scene.lies("b", Finding.UNKNOWN, why="away")

    assert scene.sync() == []
