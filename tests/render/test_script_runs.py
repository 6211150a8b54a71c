"""The rendered script, really run: what it leaves, and when it does not start the program."""

from pathlib import Path

import pytest

from otplan.core.stage import Program
from otplan.render.values import Input
from tests.render.scripts import OTHER, OURS, Sandbox, stage

COUNTED = 'echo started >>"$OTPLAN_RUN_DIR/starts"; echo made >"$OTPLAN_OUTPUT/data.jsonl"'


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def starts(sandbox: Sandbox, cell: str = ".") -> int:
    path = sandbox.run / cell / "starts"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_success_leaves_a_marker_and_a_result(sandbox: Sandbox) -> None:
    script = sandbox.write(stage())

    code = sandbox.end(script, job="7")

    assert code == 0
    assert sandbox.marker() == {
        "otplan": 1,
        "fingerprint": OURS,
        "attempt": 1,
        "output": str(sandbox.output().parent),
        "file.data.jsonl": 5,
    }
    result = sandbox.result()
    assert result is not None
    assert result.pop("ended") > 1_700_000_000
    assert result == {
        "otplan": 1,
        "job": "7",
        "restarts": 0,
        "exit_code": 0,
        "cause": "",
    }
    assert (sandbox.run / "attempt-1" / "claim").read_text() == "7\n"


def test_nothing_is_left_beside_the_files_of_the_layout(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage()))

    found = {path.relative_to(sandbox.run).as_posix() for path in sandbox.run.rglob("*")}

    assert found == {
        "done.json",
        "checkpoints",
        "attempt-1",
        "attempt-1/script.sh",
        "attempt-1/claim",
        "attempt-1/start",
        "attempt-1/result.json",
        "attempt-1/output",
        "attempt-1/output/data.jsonl",
    }


def test_a_failure_ends_with_the_programs_exit_code_and_no_marker(sandbox: Sandbox) -> None:
    script = sandbox.write(stage("echo made >$OTPLAN_OUTPUT/data.jsonl; exit 3"))

    code = sandbox.end(script)

    result = sandbox.result()
    assert code == 3
    assert sandbox.marker() is None
    assert result is not None
    assert (result["exit_code"], result["cause"]) == (3, "failed")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("true", id="missing"),
        pytest.param(": >$OTPLAN_OUTPUT/data.jsonl", id="empty file"),
        pytest.param("mkdir -p $OTPLAN_OUTPUT/data.jsonl/x", id="empty folder"),
        pytest.param("ln -s /etc/passwd $OTPLAN_OUTPUT/data.jsonl", id="link"),
    ],
)
def test_success_without_the_declared_output_is_no_evidence(sandbox: Sandbox, command: str) -> None:
    code = sandbox.end(sandbox.write(stage(command)))

    result = sandbox.result()
    assert code == 1
    assert sandbox.marker() is None
    assert result is not None
    assert (result["exit_code"], result["cause"]) == (1, "no_evidence")
    assert "left no data.jsonl" in sandbox.log()


def test_a_folder_counts_all_regular_files_below_it(sandbox: Sandbox) -> None:
    command = """cd "$OTPLAN_OUTPUT" && mkdir -p 'm/a b' && printf 12345 >'m/a b/
-rw-r--r-- 1 0 0 999 x' && printf 12 >m/.hidden && ln -s .hidden m/link"""

    sandbox.end(sandbox.write(stage(command, outputs=("m",))))

    marker = sandbox.marker()
    assert marker is not None
    assert marker["file.m"] == 7


def test_a_stage_that_is_done_runs_nothing(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage(COUNTED)))
    second = sandbox.write(stage(COUNTED), 2)

    code = sandbox.end(second, job="2")

    assert code == 0
    assert starts(sandbox) == 1
    assert not (sandbox.run / "attempt-2" / "claim").exists()


@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_a_marker_whose_file_is_gone_or_cut_stops_nothing(sandbox: Sandbox, damage: str) -> None:
    sandbox.end(sandbox.write(stage(COUNTED)))
    if damage == "delete":
        sandbox.output().unlink()
    else:
        sandbox.output().write_text("m")

    code = sandbox.end(sandbox.write(stage(COUNTED), 2), job="2")

    marker = sandbox.marker()
    assert code == 0
    assert starts(sandbox) == 2
    assert marker is not None
    assert marker["attempt"] == 2


def test_a_marker_of_a_disbelieved_attempt_is_replaced(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage(COUNTED)))

    code = sandbox.end(sandbox.write(stage(COUNTED), 12, disbelieved=(1,)), job="2")

    marker = sandbox.marker()
    assert code == 0
    assert starts(sandbox) == 2
    assert marker is not None
    assert marker["attempt"] == 12


def test_disbelieving_attempt_11_does_not_disbelieve_attempt_1(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage(COUNTED)))

    sandbox.end(sandbox.write(stage(COUNTED), 12, disbelieved=(11,)), job="2")

    assert starts(sandbox) == 1


def test_a_marker_of_another_fingerprint_stops_nothing(sandbox: Sandbox) -> None:
    sandbox.end(sandbox.write(stage(COUNTED, fingerprint=OTHER)))

    sandbox.end(sandbox.write(stage(COUNTED), 2), job="2")

    marker = sandbox.marker()
    assert marker is not None
    assert marker["fingerprint"] == OURS


def test_a_marker_that_appeared_meanwhile_is_left_as_it_is(sandbox: Sandbox) -> None:
    script = sandbox.write(stage())
    sandbox.end(script)
    first = (sandbox.run / "done.json").read_bytes()
    move = 'mv "$OTPLAN_RUN_DIR/kept" "$OTPLAN_RUN_DIR/done.json"; '
    (sandbox.run / "done.json").rename(sandbox.run / "kept")

    code = sandbox.end(sandbox.write(stage(move + "echo x >$OTPLAN_OUTPUT/data.jsonl"), 2), job="2")

    assert code == 0
    assert (sandbox.run / "done.json").read_bytes() == first


def test_the_program_sees_the_jobs_contract(sandbox: Sandbox) -> None:
    told = 'pwd; env | sort | while IFS= read -r x; do [[ $x != OTPLAN_* ]] || echo "$x"; done'
    argv = ("bash", "-c", f"({told}) >$OTPLAN_OUTPUT/data.jsonl")
    made = stage(program=Program(argv, config={"a": "ü"}))

    sandbox.end(sandbox.write(made, 3, Input("A", "x", given="/etc")))

    attempt = f"{sandbox.run}/attempt-3"
    assert sandbox.output(n=3).read_text().splitlines() == [
        str(sandbox.code),
        "OTPLAN_ATTEMPT=3",
        f"OTPLAN_CODE={sandbox.code}",
        f"OTPLAN_CONFIG={attempt}/config.json",
        "OTPLAN_INPUT_A=/etc",
        "OTPLAN_JOB_ID=1",
        f"OTPLAN_OUTPUT={attempt}/output",
        f"OTPLAN_RUN_DIR={sandbox.run}",
    ]
    assert (sandbox.run / "attempt-3" / "config.json").read_text() == '{\n  "a": "ü"\n}\n'


def test_the_code_folder_must_be_there(sandbox: Sandbox) -> None:
    script = sandbox.write(stage(COUNTED))
    sandbox.code.rmdir()

    code = sandbox.end(script)

    assert code == 75
    assert f"there is no code at {sandbox.root}/code" in sandbox.log()


def test_a_second_start_of_the_same_attempt_begins_with_an_empty_output(sandbox: Sandbox) -> None:
    half = sandbox.write(stage("echo half >$OTPLAN_OUTPUT/part; exit 1"))
    sandbox.end(half)

    sandbox.end(sandbox.write(stage("ls $OTPLAN_OUTPUT >$OTPLAN_OUTPUT/../seen; exit 1")))

    assert (sandbox.run / "attempt-1" / "seen").read_text() == ""
    assert (sandbox.run / "attempt-1" / "output.unfinished-1" / "part").read_text() == "half\n"
