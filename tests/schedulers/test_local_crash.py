"""The local queue after a death: of the runner, a supervisor, the machine, the terminal."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.core.job import JobState
from otplan.schedulers.local import queue, traces
from otplan.schedulers.local.entries import Entry
from otplan.schedulers.local.runner import Runner, main
from otplan.schedulers.waits import RUNNING
from otplan.shell import processes
from tests.conformance.local_world import LocalWorld
from tests.conformance.scheduler_world import Does

COMPLETED, FAILED = JobState.COMPLETED, JobState.FAILED


def test_jobs_go_on_when_the_runner_is_killed_and_the_next_one_books_them(
    local: LocalWorld,
) -> None:
    good = local.submit("good", Does.WAIT)
    bad = local.scheduler.submit(local.written("bad", Does.WAIT.value + "; exit 3"))
    child = local.submit("child", after=[good])
    local.until(lambda: bool(local.starts("good") and local.starts("bad")))

    local.kill_runners()
    local.let_go("good")
    local.let_go("bad")

    assert local.end(good, bad, child) == (COMPLETED, FAILED, COMPLETED)
    assert local.jobs(bad)[0].exit_code == 3
    assert [len(local.starts(name)) for name in ("good", "bad", "child")] == [1, 1, 1]


def test_a_job_that_ended_is_told_so_with_no_runner_alive(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    local.until(lambda: bool(local.starts("a")))
    local.kill_runners()
    running = local.jobs(ref)[0].state

    local.let_go("a")

    local.wait(lambda: local.jobs(ref)[0].state is COMPLETED)
    assert running is JobState.RUNNING
    assert local.living() == []


def test_no_job_starts_twice_however_often_the_runner_is_killed(local: LocalWorld) -> None:
    refs = [local.submit("first", elements=tuple(range(6)))]
    for step in range(6):
        refs.append(local.submit(f"then-{step}", after=refs[-1:]))

    for pause in (0.0, 0.05, 0.08, 0.1, 0.12, 0.15):
        local.scheduler.nudge()
        time.sleep(pause)
        local.kill_runners()

    assert set(local.end(*refs)) == {COMPLETED}
    assert len(local.starts("first")) == 6
    assert [len(local.starts(f"then-{step}")) for step in range(6)] == [1] * 6


def test_a_job_booked_as_started_by_a_runner_that_died_then_is_started(local: LocalWorld) -> None:
    ref = local.submit("a")
    _book(local, state=RUNNING, host=os.uname().nodename, boot=processes.boot())
    told = local.jobs(ref)[0].state

    local.scheduler.nudge()

    assert told is JobState.RUNNING
    assert local.end(ref) == (COMPLETED,)
    assert len(local.starts("a")) == 1


def test_of_many_supervisors_of_one_job_one_starts_it(local: LocalWorld, tmp_path: Path) -> None:
    order = local.written("a", "sleep 0.2")
    base, python = str(tmp_path / "1"), [sys.executable, "-I", "-S", traces.SUPERVISOR]
    argv = [*python, base, "0", "1", order.log, order.folder, order.script]

    together = [subprocess.Popen(argv) for _ in range(6)]

    assert [one.wait(20) for one in together] == [0] * 6
    assert (local.folder / "a" / "starts").read_text().count("\n") == 1
    assert (tmp_path / "1.end").read_text().startswith("COMPLETED 0 0 ")


def test_many_nudges_at_once_leave_one_runner(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)

    for _ in range(6):
        local.scheduler.nudge()
    local.until(lambda: len(local.living()) == 1)
    local.let_go("a")

    assert local.end(ref) == (COMPLETED,)
    assert len(local.starts("a")) == 1
    local.until(lambda: local.living() == [])


def test_what_is_submitted_while_the_runner_lets_go_is_not_left_waiting(
    local: LocalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs, work = [local.submit("first")], Runner.work

    def work_until_somebody_submits(runner: Runner) -> None:
        work(runner)
        if len(refs) == 1:
            refs.append(local.submit("late"))

    monkeypatch.setattr(Runner, "work", work_until_somebody_submits)
    main(str(local.queue))

    assert [job.state for job in local.jobs(*refs)] == [COMPLETED, COMPLETED]


def test_a_runner_ends_when_all_that_is_left_must_wait(local: LocalWorld) -> None:
    local.submit("held", held=True)
    local.submit("child", after=[local.submit("bad", Does.FAIL)])

    local.scheduler.nudge()

    local.until(lambda: local.living() == [] and len(local.starts("bad")) == 1)


def test_a_job_whose_machine_rebooted_is_told_and_booked_as_node_fail(local: LocalWorld) -> None:
    ref = local.submit("a")
    child = local.submit("child", after=[ref])
    _book(local, state=RUNNING, host=os.uname().nodename, boot="another")
    told = local.jobs(ref)[0].state

    local.pass_by()

    assert told is JobState.NODE_FAIL
    assert local.end(ref) == (JobState.NODE_FAIL,)
    assert local.jobs(child)[0].reason == "DependencyNeverSatisfied"
    assert local.starts("a") == []


def test_nothing_is_concluded_of_a_job_on_another_host(local: LocalWorld) -> None:
    ref = local.submit("a")

    _book(local, state=RUNNING, host="elsewhere", boot="another")

    assert local.jobs(ref)[0].state is JobState.RUNNING


def test_a_job_whose_supervisor_died_runs_on_and_can_be_cancelled(local: LocalWorld) -> None:
    ref, other = local.submit("a", Does.WAIT), local.submit("other", Does.WAIT)
    local.scheduler.nudge()
    os.kill(_parent(local.group(ref)), signal.SIGKILL)
    os.kill(_parent(local.group(other)), signal.SIGKILL)
    told = local.jobs(ref)[0].state

    local.scheduler.cancel([ref], {})
    local.let_go("other")

    assert told is JobState.RUNNING
    assert local.end(ref) == (JobState.CANCELLED,)
    # Nobody is left to know its exit code.
    assert local.end(other) == (JobState.NODE_FAIL,)


def test_how_a_job_ended_is_told_once_a_full_disk_has_room_again(local: LocalWorld) -> None:
    order = local.order("a", Does.WAIT)
    base, python = str(local.folder / "1"), [sys.executable, "-I", "-S", traces.SUPERVISOR]
    argv = [*python, base, "0", "1", order.log, order.folder, order.script]
    with Path("/dev/full").open("wb") as full:  # it says that it is full: full(4)
        env = os.environ | {"OTPLAN_JOB_ID": "1"}
        supervisor = subprocess.Popen(argv, stderr=full, env=env)
    local.wait(lambda: bool(local.starts("a")))
    (local.folder / f"1.end.{supervisor.pid}").mkdir()

    local.let_go("a")
    time.sleep(0.3)
    waited = supervisor.poll()
    (local.folder / f"1.end.{supervisor.pid}").rmdir()

    assert waited is None
    assert supervisor.wait(20) == 0
    assert Path(f"{base}.end").read_text().startswith("COMPLETED 0 0 ")


def test_nothing_stays_behind_when_the_queue_is_deleted(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    local.until(lambda: bool(local.starts("a")))
    supervisor = _parent(local.group(ref))

    shutil.rmtree(local.queue)
    local.let_go("a")

    local.wait(lambda: local.living() == [] and processes.started(supervisor) is None)


def test_jobs_go_on_when_the_terminal_is_closed(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT)
    # The leader of a session takes the terminal that it opens: credentials(7).
    take = "import os, signal; os.open(os.ttyname(0), os.O_RDWR); "
    terminal, inside = pty.openpty()
    session = _python(take + "world.scheduler.nudge(); signal.pause()", local, inside)
    os.close(inside)
    local.wait(lambda: bool(local.starts("a")))

    os.close(terminal)
    hung_up = session.wait(20)
    local.let_go("a")

    assert hung_up == -signal.SIGHUP
    local.wait(lambda: local.jobs(ref)[0].state is COMPLETED)


def test_two_processes_submit_at_once(local: LocalWorld) -> None:
    code = "print(*(world.submit('a').id for _ in range(10)))"

    both = [_python(code, local) for _ in range(2)]
    ids = [[int(id_) for id_ in one.communicate(timeout=20)[0].split()] for one in both]

    assert sorted(ids[0] + ids[1]) == list(range(1, 21))
    assert [sorted(mine) for mine in ids] == ids


def _book(local: LocalWorld, **values: object) -> None:
    with queue.opened(str(local.queue)) as connection, queue.writing(connection):
        first: Entry = queue.read(connection).entries[0]
        queue.mark(connection, [replace(first, **values)])  # type: ignore[arg-type]


def _python(code: str, local: LocalWorld, terminal: int | None = None) -> subprocess.Popen[bytes]:
    """Start another command on the same queue, in a session of its own."""
    start = "import sys; from tests.conformance.local_world import *; "
    argv = ["-c", start + "world = LocalWorld(Path(sys.argv[1])); " + code, str(local.folder)]
    return subprocess.Popen(
        [sys.executable, *argv],
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    )


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
