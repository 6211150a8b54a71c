"""A nudge starts a runner where one has work and none is at it, and costs nothing else."""

from pathlib import Path

from otplan.schedulers.local import lock
from tests.conformance.local_world import LocalWorld
from tests.conformance.scheduler_world import Does


def test_a_nudge_while_a_runner_works_starts_no_other(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    local.scheduler.nudge()
    local.wait(lambda: bool(local.starts("a")))

    local.scheduler.nudge()

    assert len(local.shell.runners) == 1
    local.let_go("a")
    local.end(ref)


def test_a_nudge_starts_no_runner_where_all_that_is_left_must_wait(local: LocalWorld) -> None:
    local.submit("held", held=True)

    local.scheduler.nudge()

    assert local.shell.runners == []


def test_a_nudge_after_the_runner_was_killed_starts_another(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    local.scheduler.nudge()
    local.until(lambda: bool(local.starts("a")))
    local.kill_runners()

    local.scheduler.nudge()

    local.until(lambda: lock.taken(str(local.queue)))
    local.let_go("a")
    local.end(ref)


def test_a_nudge_of_a_queue_that_cannot_be_read_leaves_it_to_a_runner(local: LocalWorld) -> None:
    local.submit("a", held=True)
    Path(local.queue, "queue.db").write_bytes(b"no database at all" * 100)

    local.scheduler.nudge()

    assert len(local.shell.runners) == 1
