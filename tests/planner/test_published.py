"""A repo holds what was declared last; what is somebody else's is left alone until a word."""

from typing import Any

import pytest

from otplan.core.evidence import Finding
from otplan.core.plan import Action
from otplan.core.stage import Need, Stage
from otplan.planner.policy import Policy
from tests.planner.world import Scene, stage

REPO = "hf:model:my-org/sft"
TAKEN = frozenset({"v1:sft", "v1:plain"})


def publish(name: str = "sft", **more: Any) -> Stage:  # noqa: ANN401 - any field of it
    return stage(name, target=REPO, content=False, template="publish", **more)


def at(commit: str) -> str:
    return f"{REPO}@{commit * 40}"


def test_what_was_verified_there_is_done() -> None:
    scene = Scene([publish()])
    scene.ended("sft", "")
    scene.verified("sft", output=at("a"))

    assert scene.plan().changes[0].action is Action.KEEP


def test_a_later_publish_to_the_repo_supersedes_an_earlier_one() -> None:
    scene = Scene([publish("sft")])
    scene.ended("sft", "")
    scene.verified("sft", output=at("a"))
    scene.ended("sft@new", "")
    scene.verified("sft@new", output=at("b"))

    (change, *_) = scene.plan().changes

    assert (change.action, change.reasons[0].code) == (Action.SUBMIT, "replaced")
    assert (change.n, change.disbelieved) == (2, (1,))


def test_a_publish_to_another_repo_supersedes_nothing() -> None:
    scene = Scene([publish("sft")])
    scene.ended("sft", "")
    scene.verified("sft", output=at("a"))
    scene.ended("other", "")
    scene.verified("other", output="hf:model:my-org/other@" + "b" * 40)

    assert scene.plan().changes[0].action is Action.KEEP


@pytest.mark.parametrize(
    ("files", "told"), [({}, [(Action.KEEP, "not_here")]), ({"f": 1}, [(Action.SUBMIT, "new")])]
)
def test_what_the_catalog_alone_says_is_done_cannot_be_published(
    files: dict[str, int], told: list[tuple[Action, str]]
) -> None:
    scene = Scene([stage("eval"), publish("sent", needs=(Need("v1:eval", "eval"),))])
    scene.verified("eval", 0, files=files)

    changes = [change for change in scene.plan().changes if change.label.startswith("script.sent")]

    assert [(change.action, change.reasons[0].code) for change in changes] == told


def test_what_is_made_here_after_all_is_published_behind_it() -> None:
    scene = Scene([stage("eval"), publish("sent", needs=(Need("v1:eval", "eval"),))])
    scene.verified("eval", 0, files={})

    changes = scene.plan(Policy(resubmit=frozenset({"v1:eval"}))).changes

    assert [(change.label.partition("/")[0], change.action) for change in changes] == [
        ("script.eval", Action.SUBMIT),
        ("script.sent", Action.SUBMIT),
    ]


@pytest.mark.parametrize("recorded", [False, True])
def test_what_is_somebody_elses_needs_a_person(recorded: bool) -> None:
    scene = Scene([publish()])
    if recorded:
        scene.ended("sft", "")
        scene.verified("sft", output=at("a"))
    scene.lies("sft", Finding.FOREIGN, why="it is theirs")

    (left, *_) = scene.plan().changes
    (taken, *_) = scene.plan(Policy(take_over=TAKEN)).changes

    assert (left.action, left.reasons[0].code) == (Action.BLOCKED, "foreign")
    assert (taken.action, taken.reasons[0].code) == (Action.SUBMIT, "take_over")
    assert (taken.take_over, taken.person) == (True, True)


def test_a_job_that_publishes_is_left_alone_whatever_lies_there() -> None:
    scene = Scene([publish()])
    scene.live("sft")
    scene.lies("sft", Finding.FOREIGN, why="it is theirs")

    assert scene.plan().changes[0].reasons[0].code == "live"


def test_nothing_else_is_taken_over() -> None:
    scene = Scene([stage("plain")])

    (change, *_) = scene.plan(Policy(take_over=TAKEN)).changes

    assert change.take_over is False
