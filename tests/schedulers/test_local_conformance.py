"""The queue of this machine keeps what every scheduler promises."""

import pytest

from tests.conformance.local_world import LocalWorld
from tests.conformance.schedulers import SchedulerSuite


class TestLocal(SchedulerSuite):
    @pytest.fixture
    def world(self, local: LocalWorld) -> LocalWorld:
        return local
