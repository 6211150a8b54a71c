"""Following a log ends with its job, and not where the queue has nothing to say."""

from dataclasses import replace
from pathlib import Path

from otplan.core.job import Job, JobRef, JobState, Observed
from otplan.operations.logs import Log, follow
from tests.operations.test_look_again import Told, submission
from tests.planner.world import Scene, stage

JOB = JobRef("c", "5")


def test_a_queue_that_does_not_answer_has_not_ended_the_job(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\n")
    ground = submission(tmp_path, Scene([stage("a")]), {}).ground
    queue = Told("c")
    looks = [
        Observed("c", 0, unknown="squeue timed out"),
        Observed("c", 0, (Job(JOB, "a", JobState.COMPLETED),)),
    ]

    def _pause(_: float) -> None:
        queue.answer = looks.pop(0)
        with log.open("a") as stream:
            stream.write("more\n")

    queue.answer = Observed("c", 0, (Job(JOB, "a", JobState.RUNNING),))
    person = replace(ground.person, pause=_pause)
    ground = replace(ground, schedulers={"c": queue}, person=person)

    shown = "".join(follow(ground, Log("a", "c", str(log), JOB), 10, live=True))

    assert shown == "first\nmore\nmore\n"
