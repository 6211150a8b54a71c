"""The real Slurm keeps what every scheduler promises."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from otplan.core.job import JobRef, JobState
from otplan.errors import Refused
from tests.conformance.scheduler_world import Does
from tests.conformance.schedulers import SchedulerSuite
from tests.conformance.slurm_world import SlurmWorld
from tests.slurm.lab import configuration, release


@pytest.mark.services
class TestSlurm(SchedulerSuite):
    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlurmWorld]:
        monkeypatch.setenv("SLURM_CONF", configuration())
        world = SlurmWorld(tmp_path)
        yield world
        world.close()

    def test_a_name_of_two_hundred_characters_is_kept_whole(self, world: SlurmWorld) -> None:
        tail = f".otp-{world.token}.1"
        longest = f"{'n' * (200 - len(tail))}{tail}"
        job = world.submit("long", Does.WAIT, whole=longest)

        (queued,) = (
            one for one in world.scheduler.observe((), [longest], 0).jobs if one.ref == job
        )
        world.let_go("long")
        world.wait(lambda: longest in _names_in_accounting(job))

        assert queued.name == longest

    def test_an_edge_on_an_unknown_job_is_refused_from_23_02_on_and_dropped_before(
        self, world: SlurmWorld
    ) -> None:
        stranger = JobRef("lab", "999999")

        if release() < "23.02":
            assert world.end(world.submit("child", after=[stranger])) == (JobState.COMPLETED,)
            return
        with pytest.raises(Refused) as refused:
            world.submit("child", after=[stranger])

        assert refused.value.kind == "dependency"


def _names_in_accounting(job: JobRef) -> str:
    argv = ["sacct", "-Xn", "-P", "-j", job.id, "-o", "JobName"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
