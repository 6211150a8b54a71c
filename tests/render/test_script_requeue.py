"""What a script on Slurm does to its own job: requeue it while it may, and never bring it back."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.core.stage import Stage
from otplan.render.script import files
from tests.render.scripts import Sandbox, attempt, kill, setting, stage

# Slurm's clients, as far as the script calls them: each notes how it was called.
CLIENT = """\
#!/bin/sh
echo "$(basename "$0") $*" >>{calls}
[ "$(basename "$0")" != squeue ] || cat {state}
[ "$(basename "$0")" != scontrol ] || exit 1
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Return a sandbox where Slurm calls the job RUNNING."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tmp_path / "state").write_text("RUNNING\n")
    for name in ("squeue", "scontrol", "scancel"):
        (tools / name).write_text(CLIENT.format(calls=tmp_path / "calls", state=tmp_path / "state"))
        (tools / name).chmod(0o755)
    return Sandbox(tmp_path, env={"PATH": f"{tools}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"})


def _script(sandbox: Sandbox, made: Stage, starts: int) -> Path:
    where = setting(str(sandbox.code))
    where = replace(where, cluster=replace(where.cluster, scheduler="slurm"))
    folder = sandbox.run / "attempt-1"
    folder.mkdir(parents=True)
    for name, content in files(made, attempt(made, str(sandbox.run), starts=starts), where).items():
        (folder / name).write_bytes(content)
    return folder / "script.sh"


def _called(sandbox: Sandbox, command: str) -> list[str]:
    calls = sandbox.root / "calls"
    lines = calls.read_text().splitlines() if calls.exists() else []
    return [line for line in lines if line.startswith(command)]


def test_a_failure_with_starts_left_is_requeued(sandbox: Sandbox) -> None:
    script = _script(sandbox, stage("exit 3"), starts=2)

    sandbox.end(script, job="7")

    assert _called(sandbox, "scontrol") == ["scontrol requeue 7"]


def test_the_last_failure_is_not(sandbox: Sandbox) -> None:
    script = _script(sandbox, stage("exit 3"), starts=1)

    sandbox.end(script, job="7")

    assert _called(sandbox, "scontrol") == []


@pytest.mark.parametrize("state", ["COMPLETING", "CANCELLED", ""])
def test_a_job_that_was_cancelled_meanwhile_is_not_brought_back_to_life(
    sandbox: Sandbox, state: str
) -> None:
    script = _script(sandbox, stage("exit 3"), starts=2)
    (sandbox.root / "state").write_text(f"{state}\n")

    code = sandbox.end(script, job="7")

    assert _called(sandbox, "scontrol") == []
    assert code == 3


def test_a_program_killed_for_its_memory_is_not_requeued(sandbox: Sandbox) -> None:
    script = _script(sandbox, stage("kill -9 $$"), starts=5)

    sandbox.end(script, job="7")

    assert _called(sandbox, "scontrol") == []


def test_a_twin_cancels_itself_and_nobody_else(sandbox: Sandbox) -> None:
    script = _script(sandbox, stage(), starts=1)
    (sandbox.run / "attempt-1" / "claim").write_text("6\n")

    process = sandbox.start(script, job="7")
    try:
        while not _called(sandbox, "scancel"):
            assert process.poll() is None
    finally:
        kill(process)

    assert _called(sandbox, "scancel") == ["scancel 7"]
