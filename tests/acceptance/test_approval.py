"""What is done is what was shown and approved: by a person, a flag, or a plan kept in a file."""

import json
import time

import pytest

from tests.acceptance.lab import Lab


def _edit(lab: Lab) -> None:
    lab.edit("args: {step: small}", "args: {step: small, v: 2}")


def test_without_a_terminal_or_a_flag_nothing_is_done(lab: Lab) -> None:
    _edit(lab)

    said = lab("apply", "manifest.yaml", code=7)

    assert "Plan: 1 to submit, 8 done." in said.out
    assert "    otplan apply --auto-approve\n" in said.err
    assert lab.ran() == []


def test_without_a_terminal_nothing_to_do_is_no_error(lab: Lab) -> None:
    said = lab("apply", "manifest.yaml")

    assert said.out.endswith("No changes. 9 done.\n")


@pytest.mark.parametrize("answer", ["no", "", "y", "YES"])
def test_anything_but_yes_declines(lab: Lab, answer: str) -> None:
    _edit(lab)

    said = lab.typed("apply", "manifest.yaml", answer=answer)

    assert said.code == 7
    assert "nothing was done" in said.err
    assert lab.ran() == []


def test_yes_is_asked_for_once_and_done(lab: Lab) -> None:
    _edit(lab)

    said = lab.typed("apply", "manifest.yaml", answer="yes")
    lab.settle()

    assert said.code == 0
    assert said.out.count("Plan: 1 to submit, 8 done.") == 1
    assert lab.ran() == ["small"]


def test_the_plan_made_last_here_is_applied_without_naming_it(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml", "--var", "limit=20")

    lab("apply", "--auto-approve", "--wait")

    assert "pairs" in lab.ran()


def test_without_a_plan_made_here_the_only_manifest_is_planned_and_asked_about(lab: Lab) -> None:
    _edit(lab)

    said = lab("apply", code=7)

    assert "Plan: 1 to submit, 8 done." in said.out
    assert lab.ran() == []


def test_of_several_manifests_one_must_be_named(lab: Lab) -> None:
    lab.write("other.yaml", lab.read())

    said = lab("apply", "--auto-approve", code=64)

    assert "say which manifest: in this folder there is manifest.yaml, other.yaml" in said.err


def test_after_an_apply_the_next_one_does_what_is_left_and_asks_for_that_alone(lab: Lab) -> None:
    _edit(lab)
    lab.fail("small")
    lab("plan", "manifest.yaml")
    lab("apply", "--auto-approve", "--wait", code=6)
    lab.mend("small")
    lab("retry", "small", "-m", "manifest.yaml")
    lab.ran()

    shown = lab("apply", code=7)
    lab("apply", "--auto-approve", "--wait")

    assert shown.out.count("Plan:") == 1
    assert lab.ran() == ["small"]


def test_what_was_shown_instead_of_an_old_plan_can_be_applied_next(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml")
    lab.edit("v: 2", "v: 3")

    said = lab("apply", "--auto-approve", code=5)
    done = lab.ran()
    lab("apply", "--auto-approve", "--wait")

    assert "    otplan apply --auto-approve\n" in said.err
    assert done == []
    assert lab.ran() == ["small"]


def test_a_plan_older_than_a_day_is_not_applied(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_500)

    said = lab("apply", "--auto-approve", code=64)

    assert "older than a day" in said.err
    assert lab.ran() == []


def test_a_plan_kept_in_a_file_is_applied(lab: Lab) -> None:
    _edit(lab)
    shown = lab("plan", "manifest.yaml", "--out", "plan.json")

    lab("apply", "plan.json", "--auto-approve", "--wait")

    assert shown.out.endswith("  otplan apply plan.json\n")
    assert lab.ran() == ["small"]


def test_a_plan_in_a_file_is_of_its_own_manifest_wherever_it_is_applied(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml", "--out", "plan.json")
    (lab.folder / "below").mkdir()
    lab.write("below/manifest.yaml", "not a manifest")

    lab("apply", "../plan.json", "--auto-approve", "--wait", at="below")

    assert lab.ran() == ["small"]


def test_a_plan_keeps_what_it_was_allowed(lab: Lab) -> None:
    lab("plan", "manifest.yaml", "--resubmit", "small")

    lab("apply", "--auto-approve", "--wait")

    assert lab.ran() == ["small"]


def test_a_plan_that_the_world_left_behind_is_shown_again_and_not_done_unasked(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml", "--out", "plan.json")
    lab.edit("v: 2", "v: 3")

    said = lab("apply", "plan.json", "--auto-approve", code=5)

    assert "The world moved since that plan was made." in said.err
    assert "args.v: unset -> 3" in said.out
    assert lab.ran() == []


def test_a_plan_that_the_world_left_behind_is_done_after_another_yes(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml")
    lab.edit("v: 2", "v: 3")

    said = lab.typed("apply", answer="yes\nyes")
    lab.settle()

    assert said.code == 0
    assert "args.v: unset → 2" in said.out
    assert "args.v: unset → 3" in said.out
    assert lab.ran() == ["small"]


def test_a_plan_whose_work_somebody_did_already_leaves_nothing_to_do(lab: Lab) -> None:
    _edit(lab)
    lab("plan", "manifest.yaml", "--out", "plan.json")
    lab.apply()
    lab.ran()

    said = lab("apply", "plan.json", "--auto-approve")

    assert "No changes. 9 done" in said.out
    assert lab.ran() == []


def test_a_plan_made_offline_is_not_the_last_plan(lab: Lab) -> None:
    _edit(lab)
    said = lab("plan", "manifest.yaml", "--offline")

    again = lab("apply", code=7)

    assert "Plan: 1 to submit, 8 done." in again.out
    assert "Such a plan can be read, not applied." in said.out


def test_a_file_that_is_no_plan_is_a_manifest_with_an_error(lab: Lab) -> None:
    lab.write("plan.json", json.dumps({"otplan_plan": 1}))

    lab("apply", "plan.json", "--auto-approve", code=64)
