"""What a script reads: upstream markers as planned, given places, arrays, and their join."""

from pathlib import Path

import pytest

from otplan.core.stage import Program
from otplan.render.values import Input
from tests.render.scripts import OTHER, OURS, Sandbox, stage

READ = 'printf %s "$OTPLAN_INPUT_DATA" >"$OTPLAN_OUTPUT/data.jsonl"'


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def upstream(folder: Path, fingerprint: str = OTHER) -> Input:
    return Input("DATA", "dataset.tasks/generate", fingerprint, (str(folder),))


def test_an_input_is_the_output_that_the_upstream_marker_names(sandbox: Sandbox) -> None:
    folder = sandbox.upstream("up", data="1234")

    sandbox.end(sandbox.write(stage(READ), 1, upstream(folder)))

    assert sandbox.output().read_text() == f"{folder}/attempt-1/output"


def test_inputs_of_one_name_are_told_one_a_line_in_order(sandbox: Sandbox) -> None:
    second, first = sandbox.upstream("a", data="1"), sandbox.upstream("b", data="2")

    sandbox.end(
        sandbox.write(
            stage(READ), 1, upstream(first), Input("DATA", "given", given="/etc"), upstream(second)
        )
    )

    assert sandbox.output().read_text().split("\n") == [
        f"{first}/attempt-1/output",
        "/etc",
        f"{second}/attempt-1/output",
    ]


def test_inputs_of_a_surrounding_job_are_not_seen(sandbox: Sandbox) -> None:
    inside = Sandbox(sandbox.root, {"OTPLAN_INPUT_DATA": "/old"})

    inside.end(inside.write(stage('echo "${OTPLAN_INPUT_DATA-none}" >$OTPLAN_OUTPUT/data.jsonl')))

    assert inside.output().read_text() == "none\n"


@pytest.mark.parametrize(
    ("fingerprint", "damage", "said"),
    [
        pytest.param(OURS, "", f"holds {OTHER}, planned was {OURS}", id="another fingerprint"),
        pytest.param(OTHER, "done.json", "there is no marker in", id="no marker"),
        pytest.param(OTHER, "attempt-1/output/data", "has no bytes", id="file deleted"),
    ],
)
def test_a_script_stops_where_its_upstream_is_not_as_planned(
    sandbox: Sandbox, fingerprint: str, damage: str, said: str
) -> None:
    folder = sandbox.upstream("up", data="1234")
    if damage:
        (folder / damage).unlink()

    code = sandbox.end(sandbox.write(stage(READ), 1, upstream(folder, fingerprint)))

    result = sandbox.result()
    assert code == 75
    assert said in sandbox.log()
    assert "dataset.tasks/generate" in sandbox.log()
    assert result is not None
    assert (result["exit_code"], result["cause"]) == (75, "inputs")
    assert not (sandbox.run / "attempt-1" / "output").exists()


def test_an_upstream_that_is_only_an_edge_must_be_done_too(sandbox: Sandbox) -> None:
    edge = Input("", "dataset.tasks/publish", OTHER, (str(sandbox.root / "nowhere"),))

    code = sandbox.end(sandbox.write(stage(), 1, edge))

    assert code == 75


def test_a_given_place_must_exist(sandbox: Sandbox) -> None:
    given = Input("DATA", "dataset.words/source", given=f"{sandbox.root}/nothing")

    code = sandbox.end(sandbox.write(stage(READ), 1, given))

    assert code == 75
    assert "there is nothing at" in sandbox.log()


def test_an_upstream_of_odd_names_is_read_as_it_is(sandbox: Sandbox) -> None:
    name = 'a"b\\c, $(touch x)\n": 1'
    folder = sandbox.upstream('odd "up"\\, $(x)', **{name: "1234"})

    code = sandbox.end(sandbox.write(stage(READ), 1, upstream(folder)))

    assert code == 0, sandbox.log()
    assert sandbox.output().read_text() == f"{folder}/attempt-1/output"


def test_each_element_of_an_array_has_a_folder_a_claim_and_a_marker_of_its_own(
    sandbox: Sandbox,
) -> None:
    command = (
        'echo "$OTPLAN_ELEMENT of $OTPLAN_ELEMENTS in $OTPLAN_RUN_DIR" >$OTPLAN_OUTPUT/data.jsonl'
    )
    script = sandbox.write(stage(command, elements=3))

    codes = [sandbox.end(script, job=f"5_{element}", element=element) for element in (0, 2)]

    assert codes == [0, 0]
    assert sandbox.output(cell="e2").read_text() == f"2 of 3 in {sandbox.run}/e2\n"
    assert (sandbox.run / "e0/attempt-1/claim").read_text() == "5_0\n"
    assert sandbox.marker("e2") is not None
    assert sandbox.marker("e1") is None
    assert sandbox.marker() is None


def test_a_join_without_a_program_concatenates_the_elements_in_order(sandbox: Sandbox) -> None:
    chunks = [sandbox.upstream(f"e{i}", **{"data.jsonl": text}) for i, text in enumerate("ba")]
    join = stage(program=Program(), template="dataset.join", role="join")

    code = sandbox.end(sandbox.write(join, 1, Input("CHUNKS", "x", OTHER, tuple(map(str, chunks)))))

    assert code == 0, sandbox.log()
    assert sandbox.output().read_text() == "b\na\n"


def test_a_join_with_a_program_runs_it(sandbox: Sandbox) -> None:
    join = stage(template="dataset.join", role="join")

    sandbox.end(sandbox.write(join))

    assert sandbox.output().read_text() == "made\n"
