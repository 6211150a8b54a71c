"""A wave that takes longer to send than a queue remembers looks again on its way."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from otplan.core.job import Job, JobRef, JobState, Order
from otplan.core.plan import Action, Change, Reason
from otplan.core.record import FactKind
from otplan.core.stage import Program, Stage
from otplan.operations.submission import Submission
from otplan.operations.submit import submit_all
from tests.operations.test_look_again import Told, submission
from tests.planner.world import NOW, WORKSPACE, Scene, stage

OUTSIDE = JobRef("c", "77")


class Slow(Told):
    """A queue that takes four minutes for each job, in which what is waited for fails."""

    at = NOW

    def submit(self, order: Order) -> JobRef:
        """Make the job; then time has passed."""
        self.at += 240
        self.answer = replace(self.answer, jobs=(Job(OUTSIDE, "theirs", JobState.FAILED),))
        return super().submit(replace(order, edges=()))


def _wave(folder: Path) -> tuple[Submission, Sequence[Stage], Slow]:
    more: dict[str, Any] = {"template": "script.run", "program": Program(("true",))}
    scene = Scene([stage(name, after=("77",), **more) for name in ("a", "b")])
    scene.jobs.append(Job(OUTSIDE, "theirs", JobState.RUNNING))
    made = submission(folder, scene, {("c:77", -1): OUTSIDE})
    slow = Slow("c")
    slow.answer = made.ground.schedulers["c"].observe((), (), 0)
    ground = replace(
        made.ground,
        schedulers={"c": slow},
        person=replace(made.ground.person, clock=lambda: slow.at),
    )
    ground.registry.found("w", WORKSPACE.manifest, WORKSPACE.id)
    number = ground.registry.approve("w", made.graph.resolved, "me", NOW)
    return replace(made, ground=ground, approval=number), scene.stages, slow


def test_what_a_later_job_would_wait_for_is_looked_at_again(tmp_path: Path) -> None:
    wave, stages, slow = _wave(tmp_path)
    bare = Change(Action.SUBMIT, "", (), "", "d1", (Reason("new", ""),), "c", n=1)

    submit_all(wave, [replace(bare, label=s.label, fingerprint=s.fingerprint) for s in stages])
    facts = wave.ground.registry.read("w").facts

    assert [order.name.partition(".")[0] for order in slow.orders.values()] == ["a"]
    assert [(f.fingerprint, f.kind) for f in facts if f.kind is FactKind.WITHDRAWN] == [
        ("v1:b", FactKind.WITHDRAWN)
    ]
    assert "ended meanwhile: FAILED" in wave.outcomes[-1].why
