"""One job may start several times: what an earlier start left is no word on a later one."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.render.scripts import Sandbox, kill, stage, until

FIRST = "echo x >$OTPLAN_RUN_DIR/begun; while [ ! -e $OTPLAN_RUN_DIR/go ]; do sleep 0.02; done; "
SECOND = "if [ -e $OTPLAN_RUN_DIR/begun ]; then echo x >$OTPLAN_RUN_DIR/second; sleep 60; fi; "
MAKES = "echo made >$OTPLAN_OUTPUT/data.jsonl"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Return an empty sandbox."""
    return Sandbox(tmp_path)


def _again(sandbox: Sandbox, restarts: int) -> Sandbox:
    """Return the sandbox as the same job sees it that was requeued so often."""
    return replace(sandbox, env={"OTPLAN_RESTARTS": str(restarts)})


def test_a_start_that_is_killed_leaves_no_word_of_an_earlier_one(sandbox: Sandbox) -> None:
    script = sandbox.write(
        stage(f"[ -e $OTPLAN_RUN_DIR/again ] || exit 3; echo >{sandbox.root}/ran; sleep 60")
    )
    sandbox.end(script)
    first = sandbox.result()
    (sandbox.run / "again").touch()

    process = _again(sandbox, 1).start(script)
    until(sandbox.root / "ran")
    kill(process)

    assert first is not None
    assert first["exit_code"] == 3
    assert sandbox.result() is None
    assert (sandbox.run / "attempt-1" / "endings").read_text() == "0 failed\n"


def test_a_start_that_a_later_one_overtook_marks_nothing_as_done(sandbox: Sandbox) -> None:
    # A node that is cut off from Slurm goes on with what Slurm has given to another.
    script = sandbox.write(stage(f"{SECOND}{FIRST}{MAKES}"))
    lost = sandbox.start(script)
    until(sandbox.run / "begun")
    newer = _again(sandbox, 1).start(script)
    until(sandbox.run / "second")

    (sandbox.run / "go").touch()
    code = lost.wait(30)
    kill(newer)

    assert code == 75
    assert sandbox.marker() is None
    assert sandbox.result() is None
    assert "a later start of job 1 has the work" in sandbox.log()


def test_the_newest_start_marks_what_it_made(sandbox: Sandbox) -> None:
    script = sandbox.write(stage(f"[ -e $OTPLAN_RUN_DIR/again ] || exit 3; {MAKES}"))
    sandbox.end(script)
    (sandbox.run / "again").touch()

    code = _again(sandbox, 1).end(script)

    assert code == 0
    assert sandbox.marker() is not None
