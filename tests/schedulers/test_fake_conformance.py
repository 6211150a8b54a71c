"""The cluster in memory keeps what every scheduler promises."""

from pathlib import Path

import pytest

from otplan.core.job import Job, JobRef, JobState
from otplan.schedulers.fake import Fake
from tests.conformance.scheduler_world import Does, World
from tests.conformance.schedulers import SchedulerSuite


class FakeWorld(World):
    """A world where scripts are read, not run: what they do is written in their last line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.scheduler: Fake = Fake()
        self.started: list[Job] = []
        self.gone: set[str] = set()

    def turn(self) -> None:
        self.scheduler.advance(1)
        self.started += self.scheduler.tick()
        for job in self.scheduler.jobs():
            if job.state is JobState.RUNNING:
                self._play(job)

    def starts(self, name: str) -> list[str]:
        mine = [job for job in self.started if job.name == self.name(name)]
        keys = (j.ref.id if j.element is None else f"{j.ref.id}_{j.element}" for j in mine)
        return sorted(keys)

    def let_go(self, name: str) -> None:
        self.gone.add(self.name(name))

    def _play(self, job: Job) -> None:
        script = Path(self.scheduler.orders[job.ref.id].script).read_text().splitlines()[-1]
        match Does(script):
            case Does.SUCCEED:
                self._end(job, 0)
            case Does.FAIL:
                self._end(job, 75)
            case Does.FAIL_IF_ODD:
                self._end(job, (job.element or 0) % 2)
            case Does.WAIT:
                if job.name in self.gone:
                    self._end(job, 0)

    def _end(self, job: Job, code: int) -> None:
        state = JobState.FAILED if code else JobState.COMPLETED
        self.scheduler.end(JobRef("fake", job.ref.id), state, code, job.element)


class TestFake(SchedulerSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> FakeWorld:
        return FakeWorld(tmp_path)
