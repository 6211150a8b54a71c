"""What a queued job still waits for stays, also where its new edges are held back."""

from dataclasses import replace
from pathlib import Path

from otplan.core.job import JobState
from otplan.core.plan import Action, Change, Effect, Reason
from otplan.operations.yielding import cancel_displaced, update_queued
from tests.operations.test_look_again import submission
from tests.planner.world import Scene, stage


def test_the_old_job_of_a_parent_stays_while_a_child_keeps_its_edge_on_it(tmp_path: Path) -> None:
    scene = Scene([stage("p1"), stage("p2"), stage("child", "p1", "p2")])
    old = scene.live("p1", JobState.PENDING)
    scene.live("p2", JobState.PENDING)
    queued = scene.live("child", JobState.PENDING, reason="Dependency")
    sub = submission(tmp_path, scene, {})
    sub.stopped.add("v1:p2")  # Its replacement was refused; that of p1 is in.
    gone: list[object] = []
    sub.ground.schedulers["c"].cancel = lambda jobs, _: gone.extend(jobs)  # type: ignore[assignment, method-assign]
    bare = Change(Action.UPDATE, "child", (), "v1:child", "d1", (Reason("reedge", ""),), "c")
    bare = replace(bare, effect=Effect.REEDGE)

    update_queued(sub, [replace(bare, jobs=(queued,))])
    cancel_displaced(
        sub, [replace(bare, action=Action.REPLACE, fingerprint="v1:p1", cancels=(old,))]
    )

    assert gone == []
