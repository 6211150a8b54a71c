"""Signals and sudden death: a marker appears only over what is whole."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.render.scripts import Sandbox, kill, stage, until

# Ends by itself after ten seconds; says that it was told to stop, and with which code.
PATIENT = """
stop() {{ echo yes >"$OTPLAN_RUN_DIR/stopped"; echo x >"$OTPLAN_OUTPUT/data.jsonl"; exit {code}; }}
trap stop {name}
echo yes >"$OTPLAN_RUN_DIR/started"
for ((i = 0; i < 100; i++)); do sleep 0.1; done
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


@pytest.mark.parametrize(
    ("sent", "forwarded", "cause"),
    [
        (signal.SIGTERM, "TERM", "cancelled"),
        (signal.SIGUSR1, "USR1", "timeout"),
        (signal.SIGINT, "TERM", "cancelled"),
    ],
)
def test_a_signal_reaches_the_program_and_its_cause_is_recorded(
    sandbox: Sandbox, sent: signal.Signals, forwarded: str, cause: str
) -> None:
    job = sandbox.start(sandbox.write(stage(PATIENT.format(code=5, name=forwarded))))
    until(sandbox.run / "started")

    job.send_signal(sent)

    assert job.wait(5) == 5
    result = sandbox.result()
    assert (sandbox.run / "stopped").exists()
    assert result is not None
    assert (result["exit_code"], result["cause"]) == (5, cause)


def test_a_program_that_was_killed_by_somebody_else_says_so(sandbox: Sandbox) -> None:
    script = sandbox.write(stage("kill -9 $$"))

    code = sandbox.end(script)

    result = sandbox.result()
    assert code == 137
    assert result is not None
    assert (result["exit_code"], result["cause"]) == (137, "killed")
    assert (sandbox.run / "attempt-1" / "endings").read_text() == "0 killed\n"


def test_who_was_told_to_stop_is_not_done_though_it_ends_with_0(sandbox: Sandbox) -> None:
    job = sandbox.start(sandbox.write(stage(PATIENT.format(code=0, name="USR1"))))
    until(sandbox.run / "started")

    job.send_signal(signal.SIGUSR1)

    assert job.wait(5) == 75
    assert sandbox.output().exists()
    assert sandbox.marker() is None


def test_a_program_that_goes_on_after_a_warning_is_waited_for(sandbox: Sandbox) -> None:
    command = """trap 'echo warned >>"$OTPLAN_RUN_DIR/warned"' USR1
    echo yes >"$OTPLAN_RUN_DIR/started"; for i in 1 2 3 4 5; do sleep 0.1; done; exit 4"""
    job = sandbox.start(sandbox.write(stage(command)))
    until(sandbox.run / "started")

    for _ in range(3):
        job.send_signal(signal.SIGUSR1)
        time.sleep(0.05)

    assert job.wait(5) == 4
    assert (sandbox.run / "warned").exists()


def test_the_first_signal_gives_the_cause(sandbox: Sandbox) -> None:
    command = """trap : USR1; echo yes >"$OTPLAN_RUN_DIR/started"; while :; do sleep 0.05; done"""
    job = sandbox.start(sandbox.write(stage(command)))
    until(sandbox.run / "started")

    job.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    job.send_signal(signal.SIGTERM)

    assert job.wait(5) == 143
    result = sandbox.result()
    assert result is not None
    assert result["cause"] == "timeout"


def test_a_signal_reaches_all_that_the_program_started(sandbox: Sandbox) -> None:
    command = "bash -c 'sleep 60 & echo $! >\"$OTPLAN_RUN_DIR/inner\"; wait'; exit 1"
    job = sandbox.start(sandbox.write(stage(command)))
    until(sandbox.run / "inner")
    time.sleep(0.05)

    job.terminate()
    job.wait(5)

    inner = (sandbox.run / "inner").read_text().strip()
    assert not Path(f"/proc/{inner}").exists() or " Z " in Path(f"/proc/{inner}/stat").read_text()


def test_a_script_run_by_hand_leaves_its_callers_group_alone(sandbox: Sandbox) -> None:
    command = 'echo $PPID >"$OTPLAN_RUN_DIR/wrapper"; sleep 20; exit 1'
    script = sandbox.write(stage(command))
    caller = sandbox.root / "caller.sh"
    caller.write_text(
        f'bash "{script}" & wait $!; echo "it ended with $?" >"{sandbox.root}/told"\n'
    )
    by_hand = sandbox.start(caller)
    until(sandbox.run / "wrapper")
    time.sleep(0.05)

    os.kill(int((sandbox.run / "wrapper").read_text()), signal.SIGTERM)

    assert by_hand.wait(5) == 0
    assert (sandbox.root / "told").read_text() == "it ended with 143\n"


def test_killed_at_any_moment_a_later_attempt_finishes_and_the_marker_was_never_early(
    sandbox: Sandbox,
) -> None:
    command = """mkdir -p "$OTPLAN_OUTPUT/model"
    for i in 1 2 3 4 5 6; do echo 12345 >"$OTPLAN_OUTPUT/model/$i"; sleep 0.01; done"""
    made = stage(command, outputs=("model",))
    chance = random.Random(1)  # noqa: S311 - moments, not secrets

    for n in range(1, 13):
        job = sandbox.start(sandbox.write(made, n), job=str(n))
        time.sleep(chance.uniform(0, 0.2))
        kill(job)
        marker = sandbox.marker()
        whole = marker and len(list(sandbox.output("model", marker["attempt"]).iterdir())) == 6
        assert marker is None or whole
        assert sandbox.result(n) is None or whole

    assert sandbox.end(sandbox.write(made, 13), job="13") == 0
    marker = sandbox.marker()
    assert marker is not None
    assert marker["file.model"] == 36
