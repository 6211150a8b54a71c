"""Every end has its number, its words and its mend."""

from pathlib import Path

import pytest

from tests.acceptance.lab import Lab

MISUSES = {
    "no such command": ("pln",),
    "no such flag": ("plan", "--shiny"),
    "a variable without a value": ("plan", "manifest.yaml", "--var", "limit"),
    "nothing to retry": ("retry", "kind:eval", "-m", "manifest.yaml"),
    "nothing to cancel": ("cancel", "kind:eval", "-m", "manifest.yaml"),
    "nothing to adopt": ("adopt",),
    "a selector that is none": ("status", "a[b", "-m", "manifest.yaml"),
}


@pytest.mark.parametrize("argv", MISUSES.values(), ids=MISUSES)
def test_a_command_line_that_makes_no_sense_ends_with_64(lab: Lab, argv: tuple[str, ...]) -> None:
    said = lab(*argv, code=64)

    assert said.out == ""
    assert said.err


@pytest.mark.parametrize("command", ["plan", "apply", "lint"])
def test_an_invalid_manifest_ends_with_3_and_all_its_problems(lab: Lab, command: str) -> None:
    lab.edit("    model: none\n    datasets: [heldout]", "    modle: none\n    datasets: [heldup]")

    said = lab(command, "manifest.yaml", code=3)

    told = said.out + said.err
    assert "manifest.yaml:30:5: error[OT201] training.small: There is no field `modle`." in told
    assert "Did you mean `model`?" in told
    assert "Did you mean `heldout`?" in told


def test_problems_are_told_to_programs(lab: Lab) -> None:
    lab.edit("datasets: [heldout]", "datasets: [heldup]")

    found = lab("lint", "manifest.yaml", "--format", "json", code=3).document["diagnostics"]
    told = lab("lint", "manifest.yaml", "--format", "github", code=3)

    assert [each["place"]["line"] for each in found] == [31]
    assert told.out.startswith("::error file=manifest.yaml,line=31,")


def test_several_manifests_are_linted_in_one_run(lab: Lab) -> None:
    lab.write("other.yaml", lab.read().replace("datasets: [heldout]", "datasets: [heldup]"))

    said = lab("lint", "manifest.yaml", "other.yaml", code=3)

    assert "other.yaml:31:" in said.out


def test_a_manifest_that_is_not_there_is_told(lab: Lab) -> None:
    said = lab("plan", "nowhere.yaml", code=3)

    assert "nowhere.yaml" in said.err


def test_a_value_of_the_wrong_type_is_told_with_its_variable(lab: Lab) -> None:
    said = lab("plan", "manifest.yaml", "--var", "limit=many", code=3)

    assert "limit" in said.err


def test_every_command_explains_itself(lab: Lab) -> None:
    from otplan.cli.group import COMMANDS

    for name in COMMANDS:
        assert lab(name, "--help").out.startswith("Usage: otplan")


def test_a_bug_is_one_line_and_a_report(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otplan.cli.commands.plan_.make_plan", _broken)

    said = lab("plan", "manifest.yaml", code=70)

    first, second = said.err.splitlines()
    assert first == "this is a bug in otplan: ZeroDivisionError('broken')"
    assert "ZeroDivisionError: broken" in Path(second.removeprefix("please send ")).read_text()


def _broken(*_: object) -> None:
    raise ZeroDivisionError("broken")
