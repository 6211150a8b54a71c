"""What is edited while jobs queue or run: replaced, kept, or asked about, never lost."""

import signal

from tests.acceptance.lab import Lab

TRAIN = "training.small/train"
CHAIN = """
otplan: 1
workspace: live
datasets:
  first:
    generate: {script: step.sh, args: {step: first}}
trainings:
  small:
    model: none
    datasets: [first]
    script: step.sh
    args: {step: small}
"""


def _under_way(lab: Lab) -> None:
    lab.make(CHAIN)
    lab.hold("first")
    lab.submit()
    lab.began("first")


def test_a_queued_job_of_an_edited_stage_is_replaced_after_the_new_one_is_in(fresh: Lab) -> None:
    _under_way(fresh)
    fresh.edit("args: {step: small}", "args: {step: small, v: 2}")

    change = fresh.change(TRAIN)
    said = fresh.submit()
    fresh.settle()

    assert (change["action"], change["cancels"]) == ("replace", [{"cluster": "local", "id": "2"}])
    assert said.out.index(f"+ {TRAIN}   submitted") < said.out.index(f"- {TRAIN}   cancelled")
    assert fresh.ran() == ["first", "small"]


def test_a_running_job_of_an_edited_stage_blocks_until_it_may_be_replaced(fresh: Lab) -> None:
    _under_way(fresh)
    fresh.edit("args: {step: first}", "args: {step: first, v: 2}")

    change = fresh.change("dataset.first/generate")
    fresh.submit()
    kept = fresh.states()
    fresh.submit("--replace-running")
    fresh.settle()

    assert change["action"] == "blocked"
    assert change["reasons"][0]["help"] == "otplan apply --replace-running"
    assert kept["dataset.first/generate"] == "running"
    assert fresh.states() == {"dataset.first/generate": "done", TRAIN: "done"}
    assert fresh.ran() == ["first", "first", "small"]


def test_a_queued_job_that_is_no_longer_declared_is_cancelled(fresh: Lab) -> None:
    _under_way(fresh)
    fresh.write("manifest.yaml", CHAIN.partition("trainings:")[0])

    planned = fresh.plan()
    fresh.submit()
    fresh.settle()

    assert planned == {TRAIN: "cancel"}
    assert fresh.ran() == ["first"]


def test_a_running_job_that_is_no_longer_declared_blocks_until_it_may_be_cancelled(
    fresh: Lab,
) -> None:
    _under_way(fresh)
    fresh.edit("  first:", "  other:")
    fresh.edit("datasets: [first]", "datasets: [other]")
    fresh.edit("args: {step: first}", "args: {step: other}")

    planned = fresh.plan()
    allowed = fresh.plan("--cancel-running")
    fresh.submit("--cancel-running")
    fresh.settle()

    assert planned["dataset.first/generate"] == "blocked"
    assert allowed["dataset.first/generate"] == "cancel"
    assert fresh.ran() == ["first", "other", "small"]


def test_a_time_limit_changed_while_a_job_queues_is_changed_in_place(fresh: Lab) -> None:
    _under_way(fresh)
    fresh.edit("workspace: live\n", "workspace: live\ndefaults: {slurm: {time: '0:20:00'}}\n")

    planned = fresh.plan()
    said = fresh.submit()

    assert planned == {TRAIN: "update"}
    assert f"~ {TRAIN}   updated" in said.out
    assert fresh.plan() == {}


def test_other_code_committed_while_jobs_queue_changes_nothing_for_them(fresh: Lab) -> None:
    _under_way(fresh)
    fresh.write("step.sh", "exit 1\n")
    fresh.commit()
    fresh.git("checkout", "-q", "HEAD~1")

    fresh.settle()

    assert fresh.states() == {"dataset.first/generate": "done", TRAIN: "done"}


def test_a_script_edited_while_its_job_queues_is_not_the_one_that_runs(fresh: Lab) -> None:
    _under_way(fresh)
    good = fresh.read("step.sh")
    fresh.write("step.sh", "exit 1\n")
    fresh.settle()
    fresh.write("step.sh", good)

    states = fresh.states()

    assert states == {"dataset.first/generate": "done", TRAIN: "done"}


def test_a_second_apply_while_jobs_run_submits_nothing(fresh: Lab) -> None:
    _under_way(fresh)

    said = fresh.submit()
    fresh.settle()

    assert "No changes. 2 under way." in said.out
    assert fresh.ran() == ["first", "small"]


def test_cancelled_jobs_are_submitted_again_by_the_next_apply(fresh: Lab) -> None:
    _under_way(fresh)

    said = fresh("cancel", "first+", "-m", "manifest.yaml")
    fresh.until("dataset.first/generate", "cancelled")
    fresh.until(TRAIN, "cancelled")
    fresh.let_go()
    fresh.apply()

    assert "- dataset.first/generate   cancelled (attempt 1, job local:1)" in said.out
    assert fresh.ran() == ["first", "first", "small"]


def test_a_log_is_followed_until_its_job_ends(fresh: Lab) -> None:
    _under_way(fresh)

    with fresh.later(0.5, fresh.let_go):
        said = fresh("logs", "-f", "first", "-m", "manifest.yaml")

    assert said.out == "step first begins\nstep first ends\n"


def test_an_interrupt_ends_the_waiting_and_not_the_work(fresh: Lab) -> None:
    fresh.make(CHAIN)
    fresh.hold("first")

    with fresh.started("apply", "manifest.yaml", "--auto-approve", "--wait") as waiting:
        fresh.began("first")
        waiting.send_signal(signal.SIGINT)
        waiting.wait(timeout=30)
    fresh.settle()

    assert waiting.returncode == 130
    assert fresh.states() == {"dataset.first/generate": "done", TRAIN: "done"}


def test_a_watched_status_is_told_again_as_it_changes_and_ends_when_all_is_over(
    fresh: Lab,
) -> None:
    _under_way(fresh)

    with fresh.later(1.0, fresh.let_go):
        said = fresh("status", "-m", "manifest.yaml", "--watch")

    tables = said.out.split("ADDRESS")[1:]
    assert len(tables) >= 2
    assert "1 running, 1 queued." in tables[0]
    assert "\n2 done.\n" in tables[-1]
    assert tables[-1].endswith("nothing is under way any more.\n")


def test_a_watched_status_is_no_document(fresh: Lab) -> None:
    _under_way(fresh)

    said = fresh("status", "-m", "manifest.yaml", "--watch", "--json", code=64)

    assert "otplan status --watch" in said.err
