"""What every scheduler must do: a class inherits `SchedulerSuite` and adds the fixture `world`.

What a scheduler does not declare among its abilities is skipped. Nothing is assumed of what
else is in the queue.
"""

import pytest

from otplan.core.job import Edge, JobRef, JobState
from otplan.errors import Refused
from otplan.schedulers import notation
from tests.conformance.scheduler_cancel import CancelSuite
from tests.conformance.scheduler_edges import EdgeSuite
from tests.conformance.scheduler_usage import UsageSuite
from tests.conformance.scheduler_world import Does, World

PENDING, RUNNING, COMPLETED = JobState.PENDING, JobState.RUNNING, JobState.COMPLETED


class SchedulerSuite(EdgeSuite, CancelSuite, UsageSuite):
    """The promises of otplan/schedulers/protocol.py, one test each."""

    def test_a_job_that_was_never_made_is_absent_and_not_unknown(self, world: World) -> None:
        stranger = JobRef(world.submit("any").cluster, "999999")

        observed = world.scheduler.observe([stranger], ["nobody.otp-x.1"], 0)

        assert observed.unknown == ""
        assert stranger not in {job.ref for job in observed.jobs}
        assert "nobody.otp-x.1" not in {job.name for job in observed.jobs}

    def test_limits_are_told_where_there_are_some(self, world: World) -> None:
        said = world.scheduler.limits()

        assert (said is not None) == world.scheduler.abilities.limits

    def test_a_live_job_of_ours_is_seen_without_being_asked_for(self, world: World) -> None:
        ref = world.submit("a", Does.WAIT)

        observed = world.scheduler.observe((), (), 0)

        job = next(job for job in observed.jobs if job.ref == ref)
        assert (job.name, job.comment) == (world.name("a"), "why")
        assert job.state.live
        assert job.user
        assert job.submitted <= observed.at

    def test_a_live_job_that_is_not_ours_is_seen_only_when_asked_for(self, world: World) -> None:
        ref = world.submit("a", Does.WAIT, whole="somebody")

        observed = world.scheduler.observe((), (), 0)

        assert ref not in {job.ref for job in observed.jobs}
        assert [job.name for job in world.jobs(ref)] == ["somebody"]

    def test_an_ended_job_is_found_by_its_id_and_by_its_whole_name(self, world: World) -> None:
        ref = world.submit("a")
        world.end(ref)
        name = world.name("a")

        by_name = world.named(name)
        by_part = [world.named(part) for part in (name[:-1], name[1:], name + "1")]

        assert [job.ref for job in by_name] == [ref]
        assert by_name == world.jobs(ref)
        assert by_part == [()] * 3

    def test_twins_of_one_name_are_two_jobs(self, world: World) -> None:
        twins = [world.submit("a", Does.WAIT), world.submit("a", Does.WAIT)]

        found = world.named(world.name("a"))

        assert sorted(job.ref for job in found) == sorted(twins)
        assert len(set(twins)) == 2

    @pytest.mark.parametrize(
        ("does", "state", "code"),
        [(Does.SUCCEED, COMPLETED, 0), (Does.FAIL, JobState.FAILED, 75)],
    )
    def test_a_job_ends_as_its_script_did(
        self, world: World, does: Does, state: JobState, code: int
    ) -> None:
        ref = world.submit("a", does)

        world.end(ref)

        (job,) = world.jobs(ref)
        assert (job.state, job.exit_code, job.signal) == (state, code, 0)
        assert job.submitted <= job.started <= job.ended
        assert world.starts("a") == [ref.id]

    def test_a_held_job_starts_when_it_is_released(self, world: World) -> None:
        if not world.scheduler.abilities.hold:
            pytest.skip("it holds no jobs")
        ref = world.submit("a", held=True)
        world.pass_by()
        (held,) = world.jobs(ref)

        world.scheduler.release([ref])

        assert (held.state, held.held, held.reason) == (PENDING, True, "JobHeldUser")
        assert world.end(ref) == (COMPLETED,)
        assert not world.jobs(ref)[0].held

    def test_an_array_runs_each_element_once(self, world: World) -> None:
        if not world.scheduler.abilities.array:
            pytest.skip("it has no arrays")
        ref = world.submit("a", elements=(0, 2, 5))

        states = world.end(ref)

        assert states == (COMPLETED,) * 3
        assert [job.element for job in world.jobs(ref)] == [0, 2, 5]
        assert world.starts("a") == [f"{ref.id}_{element}" for element in (0, 2, 5)]

    def test_an_array_runs_no_more_at_once_than_it_may(self, world: World) -> None:
        if not world.scheduler.abilities.array:
            pytest.skip("it has no arrays")
        ref = world.submit("a", Does.WAIT, elements=(0, 1, 2), at_once=1)
        world.until(lambda: len(world.starts("a")) == 1)
        world.turn()
        running = [job.state for job in world.jobs(ref)]
        reasons = {job.reason for job in world.jobs(ref) if job.state is PENDING}

        world.let_go("a")

        assert running == [RUNNING, PENDING, PENDING]
        assert reasons == {"JobArrayTaskLimit"}
        assert world.end(ref) == (COMPLETED,) * 3

    def test_a_queued_job_can_be_given_more_time(self, world: World) -> None:
        if "time" not in world.scheduler.abilities.update:
            pytest.skip("it changes no time limits")
        parent = world.submit("parent", Does.WAIT)
        ref = world.submit("a", after=[parent])

        world.scheduler.change(ref, {"time": notation.time(7200)})

        world.let_go("parent")
        assert world.end(parent, ref) == (COMPLETED, COMPLETED)

    def test_a_job_that_ended_cannot_be_changed(self, world: World) -> None:
        ref = world.submit("a")
        world.end(ref)

        with pytest.raises(Refused) as refused:
            world.scheduler.change(ref, {"time": notation.time(7200)})

        assert refused.value.kind == "invalid"

    def test_a_child_that_waits_in_vain_can_be_given_another_parent(self, world: World) -> None:
        if "dependency" not in world.scheduler.abilities.update:
            pytest.skip("it changes no dependencies")
        failed, mended = world.submit("failed", Does.FAIL), world.submit("mended")
        child = world.submit("child", after=[failed])
        world.end(failed, mended)

        world.scheduler.change(child, {"dependency": notation.dependency([Edge(mended)])})

        assert world.end(child) == (COMPLETED,)

    def test_a_child_can_be_freed_of_its_parents(self, world: World) -> None:
        if "dependency" not in world.scheduler.abilities.update:
            pytest.skip("it changes no dependencies")
        parent = world.submit("parent", Does.WAIT)
        child = world.submit("child", after=[parent])

        world.scheduler.change(child, {"dependency": notation.dependency([])})

        assert world.end(child) == (COMPLETED,)
