"""The queue's file: made by the first submission, never by a look; broken, full or too new."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from otplan.core.cluster import Cluster
from otplan.core.job import JobRef, JobState, Order
from otplan.errors import OtplanError, Place, Refused
from otplan.schedulers import table
from otplan.schedulers.local import queue
from otplan.shell.here import Here
from tests.conformance.local_world import LocalWorld
from tests.conformance.scheduler_world import Does


def test_only_a_submission_makes_the_queue(local: LocalWorld) -> None:
    ref = JobRef("local", "1")

    observed = local.scheduler.observe([ref], ["a.otp-x.1"], 0)
    local.scheduler.release([ref])
    local.scheduler.cancel([ref], {})
    local.scheduler.nudge()
    with pytest.raises(Refused):
        local.scheduler.change(ref, {"time": "5"})

    assert (observed.jobs, observed.unknown) == ((), "")
    assert not local.queue.exists()


def test_a_look_changes_nothing(local: LocalWorld) -> None:
    ref = local.submit("a")
    local.end(ref)
    local.wait(lambda: local.living() == [])
    before = {path: path.stat().st_mtime_ns for path in local.queue.rglob("*")}

    local.jobs(ref)

    assert {path: path.stat().st_mtime_ns for path in local.queue.rglob("*")} == before


def test_ids_are_never_given_twice(local: LocalWorld) -> None:
    last = local.submit("a")
    with sqlite3.connect(local.queue / "queue.db") as connection:
        connection.execute("DELETE FROM jobs")
    connection.close()

    again = local.submit("b")

    assert int(again.id) > int(last.id)


def test_a_broken_queue_is_unknown_and_not_empty(local: LocalWorld) -> None:
    local.submit("a")
    queue.place(str(local.queue)).write_bytes(b"no database at all, and long enough" * 100)

    observed = local.scheduler.observe((), (), 0)

    assert "file is not a database" in observed.unknown


def test_a_queue_of_a_newer_otplan_is_left_alone(local: LocalWorld) -> None:
    ref = local.submit("a")
    with sqlite3.connect(local.queue / "queue.db") as connection:
        connection.execute(f"PRAGMA user_version = {queue.VERSION + 1}")
    connection.close()

    observed = local.scheduler.observe([ref], (), 0)
    with pytest.raises(Refused, match="newer otplan"):
        local.submit("b")

    assert "newer otplan" in observed.unknown


def test_a_submission_on_a_full_disk_is_refused_and_makes_nothing(local: LocalWorld) -> None:
    first = local.submit("a")
    order = local.order("b" * 50)
    size = queue.place(str(local.queue)).stat().st_size

    with _files_up_to(size):
        made, message = _submit_until_refused(local, order)

    assert "queue.db` cannot be written" in message
    found = local.scheduler.observe((), [order.name], 0).jobs
    assert [job.ref for job in found if job.name == order.name] == made
    assert local.scheduler.submit(order) not in made
    assert local.jobs(first)[0].state is JobState.PENDING


def test_changes_are_refused_with_what_is_wrong(local: LocalWorld) -> None:
    ref = local.submit("a", held=True)

    for field, value, text in (
        ("time", "soon", "not a time limit"),
        ("dependency", "after:1", "not a dependency"),
        ("dependency", "afterok:99", "no job local:99"),
        ("partition", "gpu", "cannot be changed"),
    ):
        with pytest.raises(Refused, match=text):
            local.scheduler.change(ref, {field: value})


def test_a_running_job_is_not_changed(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    local.until(lambda: bool(local.starts("a")))

    with pytest.raises(Refused, match="not in the queue any more"):
        local.scheduler.change(ref, {"time": "5"})


def test_the_table_makes_a_local_scheduler_with_the_slots_of_this_machine(
    local: LocalWorld,
) -> None:
    cluster = Cluster("here", "local", str(local.folder), Place("local.yaml"))

    scheduler = table.connect(cluster, Here(), lambda: 5)

    assert scheduler.submit(local.order("a")) == JobRef("here", "1")
    assert (local.folder / "local" / "queue.db").exists()


@pytest.mark.parametrize(
    ("scheduler", "login", "message"),
    [("pbs", "here", "no scheduler `pbs`"), ("local", "me@there", "on another machine")],
)
def test_a_cluster_that_cannot_be_worked_with_is_told(
    scheduler: str, login: str, message: str
) -> None:
    cluster = Cluster("c", scheduler, "/nowhere", Place("c.yaml", 3, 1), login)

    with pytest.raises(OtplanError, match=message):
        table.connect(cluster, Here(), lambda: 5)


def _submit_until_refused(local: LocalWorld, order: Order) -> tuple[list[JobRef], str]:
    made: list[JobRef] = []
    while len(made) < 500:
        try:
            made.append(local.scheduler.submit(order))
        except OtplanError as error:
            return made, error.message
    return made, ""


@contextmanager
def _files_up_to(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
