"""What every scheduler must make of `cancel`: part of the suite in schedulers.py."""

import pytest

from otplan.core.job import JobRef, JobState
from tests.conformance.scheduler_world import Does, World

CANCELLED, COMPLETED = JobState.CANCELLED, JobState.COMPLETED


class CancelSuite:
    """What is cancelled ends, and nothing else."""

    def test_a_queued_job_that_is_cancelled_never_starts(self, world: World) -> None:
        parent = world.submit("parent", Does.WAIT)
        child = world.submit("child", after=[parent])

        world.scheduler.cancel([child], {})

        assert world.jobs(child)[0].state is CANCELLED
        world.let_go("parent")
        assert world.end(parent) == (COMPLETED,)
        world.pass_by()
        assert world.starts("child") == []

    def test_a_running_job_that_is_cancelled_ends(self, world: World) -> None:
        ref, other = world.submit("a", Does.WAIT), world.submit("other", Does.WAIT)
        world.until(lambda: bool(world.starts("a")))

        world.scheduler.cancel([ref], {})

        assert world.end(ref) == (CANCELLED,)
        assert world.jobs(other)[0].state.live

    def test_one_element_can_be_cancelled_alone(self, world: World) -> None:
        if not world.scheduler.abilities.array:
            pytest.skip("it has no arrays")
        ref = world.submit("a", Does.WAIT, elements=(0, 1, 2), at_once=2)
        world.until(lambda: len(world.starts("a")) == 2)

        world.scheduler.cancel([ref], {ref: [1]})

        world.until(lambda: world.jobs(ref)[1].state is CANCELLED)
        world.let_go("a")
        assert world.end(ref) == (COMPLETED, CANCELLED, COMPLETED)

    def test_to_cancel_what_is_gone_is_fine(self, world: World) -> None:
        ref = world.submit("a")
        world.end(ref)

        world.scheduler.cancel([ref, JobRef(ref.cluster, "999999")], {})

        assert world.jobs(ref)[0].state is COMPLETED
