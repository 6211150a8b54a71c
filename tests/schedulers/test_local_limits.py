"""What a job of this machine gets: slots, time, its environment, its log, its end."""

import time
from pathlib import Path

import pytest

from otplan.core.job import Edge, JobRef, JobState
from otplan.core.stage import Limits
from otplan.errors import Refused
from otplan.schedulers.local import queue
from otplan.schedulers.local.entries import Machine
from otplan.schedulers.local.runner import Runner
from tests.conformance.local_world import LocalWorld
from tests.conformance.scheduler_world import Does

COMPLETED = JobState.COMPLETED
DEAF = "trap '' TERM; "


def test_jobs_share_gpus_and_see_only_their_own(local: LocalWorld) -> None:
    local.scheduler = local.another(Machine(8, 2))
    script = 'echo "gpus=$CUDA_VISIBLE_DEVICES"; ' + Does.WAIT.value
    order = local.written("a", script, elements=(0, 1, 2), limits=Limits(gpus=1))
    ref = local.scheduler.submit(order)
    local.until(lambda: len(local.starts("a")) == 2)
    waiting = [job.reason for job in local.jobs(ref) if job.state is JobState.PENDING]
    first = set(local.log("a").split())

    local.let_go("a")

    assert first == {"gpus=0", "gpus=1"}
    assert waiting == ["Resources"]
    assert local.end(ref) == (COMPLETED,) * 3
    plain = local.scheduler.submit(local.written("plain", 'echo "gpus=$CUDA_VISIBLE_DEVICES"'))
    assert local.end(plain) == (COMPLETED,)
    assert local.log("plain") == "gpus=\n"


def test_jobs_share_cpus(local: LocalWorld) -> None:
    local.scheduler = local.another(Machine(2, 0))
    two = local.submit("two", Does.WAIT, limits=Limits(cpus=2))
    one = local.submit("one", limits=Limits(cpus=1))
    local.until(lambda: bool(local.starts("two")))
    reason = local.jobs(one)[0].reason

    local.let_go("two")

    assert reason == "Resources"
    assert local.end(two, one) == (COMPLETED, COMPLETED)


@pytest.mark.parametrize("limits", [Limits(cpus=9), Limits(gpus=1), Limits(nodes=2)])
def test_what_this_machine_can_never_run_is_refused(local: LocalWorld, limits: Limits) -> None:
    with pytest.raises(Refused, match="this machine has 8 and 0") as refused:
        local.submit("a", limits=limits)

    assert refused.value.kind == "invalid"
    assert not local.queue.exists()


def test_an_edge_across_clusters_is_refused(local: LocalWorld) -> None:
    ref = local.submit("a")

    with pytest.raises(Refused) as refused:
        local.submit("b", edges=(Edge(JobRef("elsewhere", ref.id)),))

    assert refused.value.kind == "dependency"


def test_the_nicer_job_starts_later(local: LocalWorld) -> None:
    local.scheduler = local.another(Machine(1, 0))
    nice = local.submit("nice", options={"nice": "100"})
    other = local.submit("other")

    local.end(nice, other)

    (first,), (second,) = local.jobs(other), local.jobs(nice)
    assert first.ended <= second.started


def test_a_job_that_takes_too_long_ends_with_all_it_started(local: LocalWorld) -> None:
    script = "sleep 60 & echo $! > child; " + Does.WAIT.value
    ref = local.scheduler.submit(local.written("a", script, limits=Limits(time=1)))

    states = local.end(ref)

    assert states == (JobState.TIMEOUT,)
    assert _gone(local.folder / "a" / "child")


def test_a_time_limit_changed_in_the_queue_holds(local: LocalWorld) -> None:
    ref = local.submit("a", Does.WAIT, held=True)
    local.scheduler.change(ref, {"time": "0-00:00:01"})

    local.scheduler.release([ref])

    assert local.end(ref) == (JobState.TIMEOUT,)


def test_a_job_that_ignores_sigterm_is_killed(local: LocalWorld) -> None:
    slow = local.scheduler.submit(
        local.written("slow", DEAF + Does.WAIT.value, limits=Limits(time=1))
    )
    deaf = local.scheduler.submit(local.written("deaf", DEAF + Does.WAIT.value))
    with queue.opened(str(local.queue)) as connection:
        runner = Runner(str(local.queue), connection, grace=0.2)
        runner.step()
        local.wait(lambda: len(local.starts("slow") + local.starts("deaf")) == 2)
        local.scheduler.cancel([deaf], {})

        runner.work()

    assert local.jobs(slow)[0].state is JobState.TIMEOUT
    assert local.jobs(deaf)[0].state is JobState.CANCELLED
    assert [job.signal for job in local.jobs(slow, deaf)] == [9, 9]


def test_a_cancelled_job_ends_with_its_grandchildren(local: LocalWorld) -> None:
    script = 'bash -c "sleep 60 & echo \\$! > child; wait" & wait'
    ref = local.scheduler.submit(local.written("a", script))
    local.until((local.folder / "a" / "child").exists)

    local.scheduler.cancel([ref], {})

    assert local.end(ref) == (JobState.CANCELLED,)
    assert _gone(local.folder / "a" / "child")


def test_a_job_that_ends_leaves_nothing_behind(local: LocalWorld) -> None:
    ref = local.scheduler.submit(local.written("a", "sleep 60 & echo $! > child"))

    assert local.end(ref) == (COMPLETED,)
    assert _gone(local.folder / "a" / "child")


def test_a_job_ended_by_a_signal_tells_it(local: LocalWorld) -> None:
    ref = local.scheduler.submit(local.written("a", "kill -USR1 $$"))

    local.end(ref)

    (job,) = local.jobs(ref)
    assert (job.state, job.exit_code, job.signal) == (JobState.FAILED, 0, 10)


@pytest.mark.parametrize("missing", ["script", "folder"])
def test_a_job_that_cannot_be_started_fails(local: LocalWorld, missing: str) -> None:
    order = local.order("a")
    Path(order.script).unlink()
    if missing == "folder":
        Path(order.folder).rmdir()

    ref = local.scheduler.submit(order)

    assert local.end(ref) == (JobState.FAILED,)
    assert local.jobs(ref)[0].exit_code == 127


def test_output_is_appended_to_the_log_and_each_element_may_have_its_own(
    local: LocalWorld,
) -> None:
    order = local.written("a", "echo out; echo err >&2", elements=(1, 4))
    split = local.written("b", "echo out; echo err >&2", elements=(1, 4))
    (local.folder / "a" / "log").write_text("before\n")
    object.__setattr__(split, "log", str(local.folder / "b" / "e%a" / "log"))

    local.end(local.scheduler.submit(order), local.scheduler.submit(split))

    assert sorted(local.log("a").split()) == ["before", "err", "err", "out", "out"]
    assert (local.folder / "b" / "e4" / "log").read_text() == "out\nerr\n"


def test_a_job_gets_the_environment_of_its_submission(
    local: LocalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = ("SLURM_JOB_ID", "SBATCH_ACCOUNT", "SUPABASE_KEY", "OTPLAN_JOB_ID")
    for name in (*strange, "MINE"):
        monkeypatch.setenv(name, "given-at-submission")
    order = local.written("a", "env", elements=(7,))
    ref = local.scheduler.submit(order)
    monkeypatch.setenv("MINE", "changed")
    kept = b"given-at-submission" in queue.place(str(local.queue)).read_bytes()

    local.end(ref)

    env = dict(line.partition("=")[::2] for line in local.log("a").splitlines())
    assert env["MINE"] == "given-at-submission"
    assert env["OTPLAN_JOB_ID"] == f"{ref.id}_7"
    assert (env["OTPLAN_ELEMENT"], env["OTPLAN_RESTARTS"]) == ("7", "0")
    assert not env.keys() & set(strange[:3])
    local.until(lambda: local.living() == [])
    assert kept
    assert b"given-at-submission" not in queue.place(str(local.queue)).read_bytes()


def _gone(child: Path) -> bool:
    """Tell whether a process is over, which the kernel may say a moment later."""
    stat = Path(f"/proc/{child.read_text().strip()}/stat")
    deadline = time.monotonic() + 20
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return True
