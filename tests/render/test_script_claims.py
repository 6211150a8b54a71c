"""Once only: which of several jobs gets to run the program, whatever the scheduler does."""

from pathlib import Path

import pytest

from tests.render.scripts import Sandbox, kill, stage, until

COUNTED = """echo "$OTPLAN_JOB_ID" >>"$OTPLAN_RUN_DIR/starts"
sleep 0.2
echo x >"$OTPLAN_OUTPUT/data.jsonl"
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def starts(sandbox: Sandbox) -> list[str]:
    path = sandbox.run / "starts"
    return path.read_text().split() if path.exists() else []


def test_of_twins_started_together_exactly_one_runs_the_program(sandbox: Sandbox) -> None:
    script = sandbox.write(stage(COUNTED))

    twins = [sandbox.start(script, job=str(job)) for job in range(6)]
    codes = [twin.wait(30) for twin in twins]

    assert sorted(codes) == [0, 75, 75, 75, 75, 75]
    assert starts(sandbox) == [str(codes.index(0))]


def test_a_twin_leaves_the_result_to_the_job_that_holds_the_attempt(sandbox: Sandbox) -> None:
    script = sandbox.write(stage("exit 3"))
    sandbox.end(script, job="1")

    code = sandbox.end(script, job="2")

    result = sandbox.result()
    assert code == 75
    assert "is held by job 1, this is 2" in sandbox.log("2")
    assert result is not None
    assert result["job"] == "1"


def test_a_requeue_of_the_same_job_goes_on(sandbox: Sandbox) -> None:
    script = sandbox.write(stage(COUNTED))
    first = sandbox.start(script, job="4")
    until(sandbox.run / "starts")
    kill(first)

    code = sandbox.end(script, job="4")

    assert code == 0
    assert starts(sandbox) == ["4", "4"]


def test_an_attempt_claims_the_earlier_ones_that_nobody_started(sandbox: Sandbox) -> None:
    late = sandbox.write(stage(COUNTED), 1)
    sandbox.end(sandbox.write(stage("exit 1"), 3), job="3")

    code = sandbox.end(late, job="1")

    assert code == 75
    assert (sandbox.run / "attempt-1" / "claim").read_text() == "3\n"
    assert (sandbox.run / "attempt-2" / "claim").read_text() == "3\n"
    assert starts(sandbox) == []


def test_an_earlier_claim_is_left_to_its_job(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage("exit 1"), 1), job="1")

    sandbox.end(sandbox.write(stage(COUNTED), 2), job="2")

    assert (sandbox.run / "attempt-1" / "claim").read_text() == "1\n"
    assert starts(sandbox) == ["2"]


def test_an_attempt_stops_where_a_higher_one_started(sandbox: Sandbox) -> None:
    folder = sandbox.run / "attempt-10"
    folder.mkdir(parents=True)
    (folder / "claim").write_text("9\n")

    code = sandbox.end(sandbox.write(stage(COUNTED), 9), job="1")

    result = sandbox.result(9)
    assert code == 75
    assert starts(sandbox) == []
    assert result is not None
    assert result["cause"] == "superseded"
