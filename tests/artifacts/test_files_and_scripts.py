"""The script and the look at files agree: each reads what the other wrote, and sizes it alike."""

from pathlib import Path

import pytest

from otplan.artifacts.files import Files
from otplan.core.evidence import Finding, Result, Target
from otplan.render.values import Input
from otplan.shell.here import Here
from tests.render.scripts import OTHER, OURS, Sandbox, stage

FILES = Files(Here())


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def test_what_a_script_marked_done_is_verified(sandbox: Sandbox) -> None:
    command = """cd "$OTPLAN_OUTPUT"; mkdir -p 'a "b"/c' empty; printf 123 >'a "b"/c/ü'
    ln -s c 'a "b"/link'; printf 1 >'a "b"/.hidden'; ln 'a "b"/.hidden' 'a "b"/hard'"""
    script = sandbox.write(stage(command, outputs=('a "b"',)))

    code = sandbox.end(script, job="8")

    target = Target("local", str(sandbox.run), OURS, attempts=(1,))
    found = FILES.look([target])[target]
    assert code == 0
    assert found.finding is Finding.VERIFIED
    assert found.files == {'a "b"': 5}
    assert found.results[1] == Result("8", 0, 0, "", found.results[1].ended)


@pytest.mark.parametrize("name", ['q"q', "a\nb", "back\\slash", "tab\t", "ü", '": "', "x\\u0041"])
def test_what_was_adopted_is_an_input_of_a_script(sandbox: Sandbox, name: str) -> None:
    place = sandbox.root / f"place {name}"
    place.mkdir()
    (place / name).write_text("123")
    target = Target("local", str(sandbox.root / "up"), OTHER)
    FILES.adopt(target, str(place))
    read = Input("DATA", "dataset.words/source", OTHER, (target.folder,))

    code = sandbox.end(
        sandbox.write(stage('printf %s "$OTPLAN_INPUT_DATA" >$OTPLAN_OUTPUT/data.jsonl'), 1, read)
    )

    assert code == 0, sandbox.log()
    assert sandbox.output().read_text() == str(place)


def test_what_was_adopted_stops_the_script_of_its_own_stage(sandbox: Sandbox) -> None:
    place = sandbox.root / "place"
    place.mkdir()
    (place / "data.jsonl").write_text("123")
    FILES.adopt(Target("local", str(sandbox.run), OURS), str(place))

    code = sandbox.end(sandbox.write(stage("exit 3")))

    assert code == 0
    assert "done already, by attempt 0" in sandbox.log()
