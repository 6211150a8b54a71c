"""A queued job whose parent on another cluster is made anew must not start before that is done."""

from otplan.core.job import JobState
from otplan.planner.edges import edges, live_jobs
from otplan.planner.policy import Policy
from tests.planner.world import Scene, stage


def test_a_queued_job_is_not_freed_of_its_edges_while_a_gate_is_closed() -> None:
    scene = Scene([stage("p", cluster="far"), stage("child", "p")])
    scene.live("p", JobState.RUNNING, cluster="far")
    scene.live("child", JobState.PENDING, reason="DependencyNeverSatisfied")
    stages = {one.fingerprint: one for one in scene.stages}
    left = edges(scene.stages[1], stages, live_jobs(scene.stages, scene.snapshot))

    assert left == ()
    assert scene.told()[-1] != "~ child reedge"


def test_a_moved_parent_keeps_its_old_job_while_a_queued_child_waits_for_it() -> None:
    scene = Scene([stage("p", cluster="far", digest="d2"), stage("child", "p")])
    old = scene.live("p", JobState.PENDING, cluster="c", reason="Priority")
    scene.live("child", JobState.PENDING, reason="Dependency")

    gone = {job for change in scene.plan().changes for job in change.cancels}

    assert old not in gone or scene.told()[-1] != "= child live"


def test_a_queued_job_is_told_of_when_its_parent_elsewhere_is_made_anew() -> None:
    scene = Scene([stage("p", cluster="far"), stage("child", "p")])
    scene.done("p", cluster="far")
    scene.live("child", JobState.PENDING, reason="Priority")

    assert scene.told(Policy(resubmit=frozenset({"v1:p"}))) != ["+ p resubmit", "= child live"]
