"""The real Slurm keeps what every scheduler promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.schedulers import SchedulerSuite
from tests.conformance.slurm_world import SlurmWorld
from tests.slurm.lab import configuration


@pytest.mark.services
class TestSlurm(SchedulerSuite):
    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlurmWorld]:
        monkeypatch.setenv("SLURM_CONF", configuration())
        world = SlurmWorld(tmp_path)
        yield world
        world.close()
