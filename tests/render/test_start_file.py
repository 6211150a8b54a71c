"""A start that no later one overtook keeps what it made, whatever became of the file `start`."""

from pathlib import Path

from tests.render.scripts import Sandbox, stage


def test_a_start_file_that_is_gone_is_no_later_start(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    script = sandbox.write(
        stage("rm $OTPLAN_RUN_DIR/attempt-1/start; echo made >$OTPLAN_OUTPUT/data.jsonl")
    )

    sandbox.end(script)

    assert sandbox.marker() is not None
