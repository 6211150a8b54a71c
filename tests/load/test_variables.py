"""Variables: defaults, files and the command line, typed, and put where `${var.x}` stands."""

from pathlib import Path

import pytest

from tests.load.build import loaded, said, sound

BODY = """
vars:
  count: {type: integer, default: 1}
  rate: {type: number, default: 1.0e-5}
  name: {type: string, default: a, enum: [a, b], pattern: "^[a-z]"}
  quick: {type: boolean, default: true}
scripts:
  s:
    script: program.py
    args: {n: "${var.count}", text: "x-${var.rate}-${var.quick}", own: "$${var.count}"}
    env: {N: "${var.count}"}
"""


def test_an_expression_alone_has_the_type_and_within_a_text_the_text_as_written(
    tmp_path: Path,
) -> None:
    resource = sound(tmp_path, BODY)["script.s"]

    assert resource.fields["args"] == {"n": 1, "text": "x-1.0e-5-true", "own": "${var.count}"}


def test_a_field_that_takes_only_text_takes_a_number_as_written(tmp_path: Path) -> None:
    assert sound(tmp_path, BODY)["script.s"].fields["env"] == {"N": "1"}


def test_a_substituted_value_stands_where_the_expression_does(tmp_path: Path) -> None:
    resource = sound(tmp_path, BODY)["script.s"]

    assert resource.where("args.n").line == 12


def test_the_command_line_beats_a_file_and_a_file_the_default(tmp_path: Path) -> None:
    file = tmp_path / "v.yaml"
    file.write_text("count: 2\nrate: 0.5\n")
    loaded(tmp_path, BODY)

    from otplan.load.manifest import load

    path = str(tmp_path / "manifest.yaml")
    [resource] = load(path, variables={"count": "3"}, var_files=[str(file)]).resources

    assert resource.get("args.n") == 3
    assert resource.get("args.text") == "x-0.5-true"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"count": "x"}, "5:3 OT303 The variable `count` is a whole number; this is the text `x`."),
        ({"count": "010"}, "5:3 OT303 The variable `count` is a whole number; this is the text"),
        ({"rate": "nan"}, "6:3 OT303 The variable `rate` is a number; this is the text `nan`."),
        ({"quick": "yes"}, "8:3 OT303 The variable `quick` is true or false; this is the text"),
        ({"name": "c"}, "7:3 OT303 The variable `name` cannot be `c`."),
        ({"cuont": "1"}, "0:0 OT304 `--var cuont` sets a variable that the manifest does not"),
    ],
)
def test_a_value_that_does_not_fit_is_told_at_the_declaration(
    tmp_path: Path, given: dict[str, str], expected: str
) -> None:
    [found] = said(loaded(tmp_path, BODY, **given))

    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("vars: {x: {type: string}}", "3:8 OT301 The variable `x` has no value."),
        ("vars: {x: {type: string, default: 1}}", "3:35 OT303 The variable `x` is text; this is"),
        ('vars: {x: {type: string, default: a, pattern: "("}}', "3:47 OT303 `(` is no regular"),
        ("vars: {x: {default: a}}", "3:8 OT202 `vars.x` needs the field `type`."),
        ('cluster: "${var.x}"', "3:10 OT302 There is no variable `x`."),
        ('cluster: "${var.x"', "3:10 OT305 `${` names neither a variable nor a matrix label."),
    ],
)
def test_a_slip_in_a_declaration_or_an_expression_is_told(
    tmp_path: Path, body: str, expected: str
) -> None:
    [found] = said(loaded(tmp_path, body))

    assert found.startswith(expected)


def test_the_manifests_own_fields_are_substituted(tmp_path: Path) -> None:
    result = loaded(tmp_path, 'vars: {c: {type: string, default: x}}\ncluster: "${var.c}"')

    assert result.cluster == "x"


def test_a_file_of_variables_is_told_by_its_own_lines(tmp_path: Path) -> None:
    from otplan.load.manifest import read

    file = tmp_path / "v.yaml"
    file.write_text("count: 2\ncuont: 3\n")
    loaded(tmp_path, BODY)

    [found] = read(str(tmp_path / "manifest.yaml"), var_files=[str(file)]).diagnostics

    assert str(found.place) == f"{file}:2:1"
    assert found.help == "Did you mean `count`?"
