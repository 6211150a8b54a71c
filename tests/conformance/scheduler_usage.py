"""What every scheduler must tell of a job's limits and use: part of the suite in schedulers.py."""

from otplan.core.job import JobRef, JobState
from otplan.core.stage import Limits
from tests.conformance.scheduler_world import Does, World

ASKED = Limits(cpus=1, memory=200, time=600)


class UsageSuite:
    """What is told is true, and what nobody tells is None."""

    def test_of_a_job_that_was_never_made_nothing_is_told(self, world: World) -> None:
        stranger = JobRef(world.submit("any").cluster, "999999")

        assert world.scheduler.usage(stranger, None) is None

    def test_a_job_that_runs_tells_its_time_limit(self, world: World) -> None:
        ref = world.submit("a", Does.WAIT, limits=ASKED)

        (job,) = world.reach(ref, JobState.RUNNING)
        world.let_go("a")

        assert job.limit == ASKED.time

    def test_what_a_job_took_stands_beside_what_it_asked_for(self, world: World) -> None:
        ref = world.submit("a", Does.WAIT, limits=ASKED)
        world.reach(ref, JobState.RUNNING)

        told = [world.scheduler.usage(ref, None)]
        world.let_go("a")
        world.end(ref)
        told.append(world.scheduler.usage(ref, None))

        for usage in filter(None, told):
            assert usage.memory in (None, ASKED.memory)
            assert usage.time in (None, ASKED.time)
            assert usage.peak is None or usage.peak < (ASKED.memory or 0)

    def test_each_element_of_an_array_is_told_of_alone(self, world: World) -> None:
        ref = world.submit("a", Does.WAIT, limits=ASKED, elements=(0, 3))
        world.reach(ref, JobState.RUNNING)

        told = [world.scheduler.usage(ref, element) for element in (0, 3)]
        world.let_go("a")

        assert all(usage is None or usage.time in (None, ASKED.time) for usage in told)
