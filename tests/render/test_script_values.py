"""Values stay values: whatever they hold, they run nothing and arrive as they were written."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.stage import Program
from otplan.errors import OtplanError, Place
from otplan.render.quoting import Raw, line, quoted
from otplan.render.script import files
from otplan.render.values import Input, Setting
from tests.render.scripts import Sandbox, attempt, setting, stage

HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "'; touch owned; '",
    '"; touch owned; "',
    "a\ntouch owned\n",
    "#SBATCH --wrap=x\n",
    "../../owned",
    "{{ 7 * 7 }}{% for x in y %}",
    "${HOME}",
    "\\",
    "-n",
    "!!",
    "*",
    "~",
    "ü\u2028\x85",
    "",
]
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
)
PRINT = 'printf "%s\\0" "$@" "$VALUE" "$SITE" >"$OTPLAN_OUTPUT/data.jsonl"'


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(argument=TEXT, value=TEXT, site=TEXT, label=TEXT)
def test_a_hostile_value_arrives_unchanged_and_runs_nothing(
    tmp_path_factory: pytest.TempPathFactory, argument: str, value: str, site: str, label: str
) -> None:
    sandbox = Sandbox(tmp_path_factory.mktemp("hostile"))
    made = stage(
        program=Program(("bash", "-c", PRINT, "-", argument), env={"VALUE": value}),
        addresses=(Address("script", "x", (("key", label),)),),
    )
    said = {"env": {"SITE": site}, "user": label, "manifest": value, "address": site, "name": label}

    code = sandbox.end(sandbox.write(made, 1, Input("A", label, given="/etc"), **said))

    assert code == 0, sandbox.log()
    assert sandbox.output().read_bytes().decode().split("\0")[:-1] == [argument, value, site]
    assert not list(sandbox.root.rglob("owned"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_value_in_a_comment_stays_on_its_line(text: str) -> None:
    assert len(line(text).splitlines()) <= 1


@given(TEXT)
def test_a_quoted_value_is_one_word_of_bash(text: str) -> None:
    word = quoted(text)

    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)

    assert done.stdout.decode() == text


def test_a_list_is_several_words_and_raw_text_is_left_alone() -> None:
    assert quoted(("a b", 1, Raw("$x"))) == "'a b' 1 $x"


@pytest.mark.parametrize("value", [None, True, {"a": 1}, object()])
def test_what_has_no_text_in_a_shell_is_refused(value: object) -> None:
    with pytest.raises(OtplanError, match="neither text nor a number"):
        quoted(value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"program": Program(("x\0",))}, "NUL"),
        ({"program": Program(("x",), env={"A;B": ""})}, "no name of an environment variable"),
        ({"outputs": ("../x",)}, "not below the output folder"),
        ({"outputs": ("/x",)}, "not below the output folder"),
        ({"outputs": ("a//b",)}, "not below the output folder"),
        ({"outputs": ("a\nb",)}, "control character"),
    ],
)
def test_a_value_that_no_script_can_hold_is_refused(changes: dict[str, Any], said: str) -> None:
    made = stage(**changes)

    with pytest.raises(OtplanError, match=said):
        files(made, attempt(made, "/run"), setting("/code"))


@pytest.mark.parametrize(
    "read", [Input("a b", "x", given="/x"), Input("A", "x", given="relative/path")]
)
def test_an_input_needs_a_name_in_capitals_and_an_absolute_path(read: Input) -> None:
    made = stage()

    with pytest.raises(OtplanError):
        files(made, attempt(made, "/run"), setting("/code", read))


@pytest.mark.parametrize("program", ["-c", "--version", "-a"])
def test_a_program_whose_name_looks_like_an_option_is_a_program(
    sandbox: Sandbox, program: str
) -> None:
    (sandbox.code / "bin").mkdir()
    (sandbox.code / "bin" / program).write_text("#!/bin/sh\necho $1 >$OTPLAN_OUTPUT/data.jsonl\n")
    (sandbox.code / "bin" / program).chmod(0o755)
    made = stage(program=Program((program, "ran")))

    code = sandbox.end(sandbox.write(made, paths={"PATH": f"{sandbox.code}/bin:$PATH"}))

    assert code == 0, sandbox.log()
    assert sandbox.output().read_text() == "ran\n"


def test_a_faulty_template_of_the_users_own_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "script.run.sbatch.j2").write_text("x\n{% if %}\n")
    cluster = Cluster("local", "local", "/experiments", Place("x"))
    made = stage()

    with pytest.raises(OtplanError, match=r"script\.run\.sbatch\.j2:2: "):
        files(made, attempt(made, "/r"), Setting("w", cluster, "/c", beside=str(tmp_path)))


def test_an_unknown_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "script.run.sbatch.j2").write_text("{{ nonsense }}")
    cluster = Cluster("local", "local", "/experiments", Place("x"))
    made = stage()

    with pytest.raises(OtplanError, match="'nonsense' is undefined"):
        files(made, attempt(made, "/r"), Setting("w", cluster, "/c", user=str(tmp_path)))


def test_a_template_beside_the_manifest_wins_and_extends_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    own = '{% extends "base.sbatch.j2" %}{% block work %}{{ super()|raw }}# own{% endblock %}'
    (tmp_path / "templates" / "script.run.sbatch.j2").write_text(own)
    cluster = Cluster("local", "local", "/experiments", Place("x"))
    made = stage()

    script = files(made, attempt(made, "/r"), Setting("w", cluster, "/c", beside=str(tmp_path)))

    assert b"otplan_launch bash -c" in script["script.sh"]
    assert b"# own" in script["script.sh"]


def test_values_of_the_resource_win_over_those_of_the_cluster(sandbox: Sandbox) -> None:
    made = stage(
        program=Program(
            ("bash", "-c", 'echo $A $B >"$OTPLAN_OUTPUT/data.jsonl"'), env={"A": "mine"}
        )
    )

    sandbox.end(sandbox.write(made, env={"A": "site", "B": "site"}, activate="B=active"))

    assert sandbox.output().read_text() == "mine active\n"


def test_an_activation_that_fails_fails_the_job(sandbox: Sandbox) -> None:
    code = sandbox.end(sandbox.write(stage(), activate=". /nowhere/activate"))

    result = sandbox.result()
    assert code == 1
    assert result is not None
    assert result["cause"] == "failed"


def test_secrets_reach_the_program_and_no_log_and_database_rights_do_not(sandbox: Sandbox) -> None:
    (sandbox.root / "keys.env").write_text("TOKEN=s3cr3t\nexport SUPABASE_KEY=s3cr3t\n")
    traced = Sandbox(sandbox.root, {"SUPABASE_URL": "x", "SHELLOPTS": "xtrace"})
    argv = ("dd", "if=/proc/self/environ", f"of={sandbox.output()}")
    script = traced.write(stage(program=Program(argv)), secrets="~/keys.env")

    traced.end(script)

    seen = traced.output().read_text().split("\0")
    assert "TOKEN=s3cr3t" in seen
    assert not [variable for variable in seen if variable.startswith("SUPABASE_")]
    assert "+ exec -- dd" in traced.log()
    assert "s3cr3t" not in traced.log()
    assert "s3cr3t" not in script.read_text()


def test_a_missing_secrets_file_stops_the_job_before_the_program(sandbox: Sandbox) -> None:
    code = sandbox.end(sandbox.write(stage(), secrets="/nowhere/keys.env"))

    assert code == 75
    assert "the secrets file /nowhere/keys.env cannot be read" in sandbox.log()
