"""What every scheduler must make of `afterok`: part of the suite in schedulers.py."""

import pytest

from otplan.core.job import Edge, JobRef, JobState
from otplan.errors import Refused
from tests.conformance.scheduler_world import Does, World

COMPLETED, FAILED = JobState.COMPLETED, JobState.FAILED


class EdgeSuite:
    """A child starts when its parents ended with 0, and never else."""

    def test_a_child_waits_for_all_its_parents(self, world: World) -> None:
        quick, slow = world.submit("quick"), world.submit("slow", Does.WAIT)
        child = world.submit("child", after=[quick, slow])
        world.end(quick)
        world.until(lambda: bool(world.starts("slow")))
        (waiting,) = world.jobs(child)

        world.let_go("slow")

        assert (waiting.state, waiting.reason) == (JobState.PENDING, "Dependency")
        assert world.end(child) == (COMPLETED,)
        (parent,), (job,) = world.jobs(slow), world.jobs(child)
        assert parent.ended <= job.started

    def test_a_child_of_a_job_that_ended_well_starts_at_once(self, world: World) -> None:
        parent = world.submit("parent")
        world.end(parent)

        child = world.submit("child", after=[parent])

        assert world.end(child) == (COMPLETED,)

    @pytest.mark.parametrize("early", [True, False])
    def test_a_child_of_a_failed_job_never_starts(self, world: World, early: bool) -> None:
        parent = world.submit("parent", Does.FAIL)
        if not early:
            world.end(parent)
        child = world.submit("child", after=[parent])
        grandchild = world.submit("grandchild", after=[child])
        world.end(parent)

        world.pass_by()

        (job,), (below,) = world.jobs(child), world.jobs(grandchild)
        assert (job.state, job.reason) == (JobState.PENDING, "DependencyNeverSatisfied")
        assert (below.state, below.reason) == (JobState.PENDING, "Dependency")
        assert world.starts("child") == world.starts("grandchild") == []

    def test_a_child_of_a_cancelled_job_never_starts(self, world: World) -> None:
        parent = world.submit("parent", Does.WAIT)
        child = world.submit("child", after=[parent])
        world.scheduler.cancel([parent], {})
        world.end(parent)

        world.pass_by()

        assert world.jobs(child)[0].reason == "DependencyNeverSatisfied"
        assert world.starts("child") == []

    def test_a_child_of_an_unknown_job_is_refused(self, world: World) -> None:
        if not world.scheduler.abilities.checks_parents:
            pytest.skip("it may drop an edge on a job that it does not know")
        cluster = world.submit("any").cluster

        with pytest.raises(Refused) as refused:
            world.submit("child", after=[JobRef(cluster, "999999")])

        assert refused.value.kind == "dependency"
        assert world.scheduler.observe((), [world.name("child")], 0).jobs[1:] == ()

    def test_a_child_of_an_array_waits_for_every_element(self, world: World) -> None:
        if not world.scheduler.abilities.array:
            pytest.skip("it has no arrays")
        parent = world.submit("parent", Does.FAIL_IF_ODD, elements=(0, 1))
        well = world.submit("well", elements=(0, 1))
        child, happy = world.submit("child", after=[parent]), world.submit("happy", after=[well])

        states = world.end(parent, happy)

        assert states == (COMPLETED, FAILED, COMPLETED)
        assert world.jobs(child)[0].reason == "DependencyNeverSatisfied"

    def test_a_child_of_single_elements_waits_for_those_alone(self, world: World) -> None:
        if not world.scheduler.abilities.array:
            pytest.skip("it has no arrays")
        first = world.submit("first", Does.FAIL_IF_ODD, elements=(0, 1, 2))
        second = world.submit("second", elements=(1,))
        edges = (Edge(first, 0), Edge(first, 2), Edge(second, 1))

        child = world.submit("child", edges=edges)

        assert world.end(child) == (COMPLETED,)
        assert world.end(first) == (COMPLETED, FAILED, COMPLETED)
