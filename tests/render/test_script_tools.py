"""A program that otplan brings along: put beside the script, run by the site's Python."""

from dataclasses import replace
from pathlib import Path

import pytest

from otplan.core.stage import Program, Stage
from otplan.errors import OtplanError
from otplan.render.script import files
from tests.render.scripts import Sandbox, attempt, setting, stage

COUNT = """\
import os, sys
with open(os.path.join(os.environ["OTPLAN_OUTPUT"], "data.jsonl"), "w") as out:
    out.write("\\n".join(sys.argv[1:]))
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    tools = tmp_path / "templates" / "tools"
    tools.mkdir(parents=True)
    (tools / "count.py").write_text(COUNT)
    return Sandbox(tmp_path)


def counting(*argv: str) -> Stage:
    return stage(program=Program(argv, tool="count.py"))


def test_a_tool_runs_with_the_arguments_of_its_stage(sandbox: Sandbox) -> None:
    script = sandbox.write(counting("--limit", "a 'b'"), beside=str(sandbox.root))

    ended = sandbox.end(script)

    assert ended == 0, sandbox.log()
    assert sandbox.output().read_text() == "--limit\na 'b'"


def test_the_elements_of_an_array_share_the_tool_beside_their_script(sandbox: Sandbox) -> None:
    array = replace(counting("x"), elements=2)

    script = sandbox.write(array, beside=str(sandbox.root))

    assert sandbox.end(script, "7_1", element=1) == 0, sandbox.log("7_1")
    assert sandbox.output(cell="e1").read_text() == "x"


def test_a_tool_that_is_nowhere_is_told_with_where_it_was_looked_for() -> None:
    missing = stage(program=Program(tool="missing.py"))

    with pytest.raises(OtplanError, match=r"no file templates/tools/missing\.py") as caught:
        files(missing, attempt(missing, "/run"), setting("/code"))

    assert "tools/missing.py" in caught.value.help
