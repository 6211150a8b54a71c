"""Rule 7: what waits in the queue for something that will not come."""

from dataclasses import replace

import pytest

from otplan.core.job import JobState
from otplan.planner.mends import NEVER
from otplan.planner.waits import hopeless
from tests.planner.world import Scene, chain, stage

PENDING = JobState.PENDING


@pytest.mark.parametrize(
    "reason",
    [
        "BadConstraints",
        "InvalidAccount",
        "JobHeldAdmin",
        "PartitionNodeLimit",
        "PartitionTimeLimit",
        "QOSMaxWallDurationPerJobLimit",
        "job_requeued_in_held_state",
    ],
)
def test_a_reason_that_waiting_does_not_clear_needs_a_person(reason: str) -> None:
    scene = Scene(chain(2))
    scene.live("s0", PENDING, reason=reason, held="eld" in reason)

    (change, _) = scene.plan().changes

    assert scene.told() == ["! s0 stuck", ". s1 upstream"]
    assert hopeless(reason) in change.reasons[0].text


@pytest.mark.parametrize("reason", ["Priority", "Resources", "Dependency", "QOSMaxJobsPerUser", ""])
def test_a_reason_that_waiting_clears_is_waited_for(reason: str) -> None:
    scene = Scene([stage("a")])
    scene.live("a", PENDING, reason=reason)

    assert scene.told() == ["= a live"]


def test_what_is_stuck_and_declared_differently_now_is_changed() -> None:
    longer, shorter = {"slurm.time": '"99:00:00"'}, {"slurm.time": '"01:00:00"'}
    scene = Scene([stage("a", digest="d2", declared=shorter)])
    scene.live("a", PENDING, reason="PartitionTimeLimit", declared=longer)

    assert scene.told() == ["~ a redeclared"]


@pytest.mark.parametrize("parent", ["done", "live"])
def test_a_child_of_a_lost_edge_is_re_edged_where_its_parent_is_alright(parent: str) -> None:
    scene = Scene(chain(2))
    getattr(scene, parent)("s0")
    scene.live("s1", PENDING, reason=NEVER)

    assert scene.told()[-1] == "~ s1 reedge"


def test_a_child_is_re_edged_to_a_parent_that_is_submitted_anew() -> None:
    scene = Scene([stage("s0", attempts=2), stage("s1", "s0")])
    scene.ended("s0", "timeout")
    scene.live("s1", PENDING, reason=NEVER)

    assert scene.told() == ["+ s0 again", "~ s1 reedge"]


def test_a_child_of_a_failed_parent_needs_a_person() -> None:
    scene = Scene(chain(2))
    scene.ended("s0")
    scene.live("s1", PENDING, reason=NEVER)

    assert scene.told() == ["! s0 failed", "! s1 stuck"]


def test_another_users_job_that_waits_for_what_nobody_needs_is_stuck() -> None:
    scene = Scene(chain(2))
    scene.done("s0")
    scene.live("s0", PENDING, n=2, held=True, reason="JobHeldUser")
    scene.live("s1", PENDING, reason="Dependency")
    scene.jobs = [replace(job, user="bob") for job in scene.jobs]

    (_, change) = scene.plan().changes

    assert scene.told() == ["= s0 done", "! s1 stuck"]
    assert "only bob can change it" in change.reasons[0].text


def test_another_users_job_whose_parent_just_ended_is_left_to_start() -> None:
    scene = Scene(chain(2))
    scene.done("s0")
    scene.live("s1", PENDING, reason="Dependency")
    scene.jobs = [replace(job, user="bob") for job in scene.jobs]

    assert scene.told() == ["= s0 done", "= s1 live"]
