"""Facts of twenty jobs at once may be lost: what the folder says must still count."""

from tests.planner.world import Scene, stage


def test_an_intent_whose_fact_was_lost_is_judged_by_its_jobs_last_word() -> None:
    scene = Scene([stage("a")])
    scene.tried("a")
    scene.wrote("a", "101", 1, "failed", starts=1)

    assert scene.told() == ["! a failed"]


def test_with_its_fact_it_is_a_failure() -> None:
    scene = Scene([stage("a")])
    scene.submitted("a", job="101")
    scene.wrote("a", "101", 1, "failed", starts=1)

    assert scene.told() == ["! a failed"]
