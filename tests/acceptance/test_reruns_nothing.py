"""What makes no difference to a result reruns, replaces and cancels nothing."""

from collections.abc import Callable

import pytest

from tests.acceptance.lab import Lab

Edit = Callable[[Lab], None]


def _swap(lab: Lab) -> None:
    text = lab.read()
    for old, new in (("pairs", "PAIRS"), ("heldout", "pairs"), ("PAIRS", "heldout")):
        text = text.replace(f"  {old}:", f"  {new}:").replace(f"[{old}]", f"[{new}]")
        text = text.replace(f"heldout: {old}}}", f"heldout: {new}}}")
    lab.write("manifest.yaml", text)


def _reorder(lab: Lab) -> None:
    head, *sections = lab.read().split("\n\n")
    lab.write("manifest.yaml", "\n\n".join([head, *reversed(sections)]))


def _rename(lab: Lab) -> None:
    lab.edit("  ngram:", "  letters:")
    lab.edit("training: ngram", "training: letters")


def _code(lab: Lab) -> None:
    lab.write("notes.py", "print(1)\n")
    lab.git("add", "-A")
    lab.git("commit", "-qm", "other code")


EDITS: dict[str, Edit] = {
    "another time limit": lambda lab: lab.edit("00:10:00", "00:20:00"),
    "more memory": lambda lab: lab.edit("  small:\n", "  small:\n    memory: 2G\n"),
    "other attempts": lambda lab: lab.edit("  small:\n", "  small:\n    attempts: 4\n"),
    "another description": lambda lab: lab.edit("what is trained on", "the pairs"),
    "a comment in a config file": lambda lab: lab.edit("# How", "# This is how", "train.yaml"),
    "a config in another order": lambda lab: lab.write("train.yaml", "seed: 1\nsmoothing: 0.5\n"),
    "a comment in the manifest": lambda lab: lab.edit("trainings:", "trainings:  # all of them"),
    "the sections in another order": _reorder,
    "a resource of another name": _rename,
    "two resources that swap their names": _swap,
    "a commit of other code": _code,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_that_changes_no_result_leaves_nothing_to_do(lab: Lab, edit: Edit) -> None:
    edit(lab)

    said = lab("plan", "manifest.yaml", "--detailed-exitcode")

    assert "9 done" in said.out


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_apply_after_such_an_edit_runs_nothing(lab: Lab, edit: Edit) -> None:
    edit(lab)

    lab.apply()

    assert lab.ran() == []


def test_a_newer_otplan_leaves_nothing_to_do(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otplan.__version__", "99.0.0")

    said = lab("plan", "manifest.yaml", "--detailed-exitcode")

    assert "No changes. 9 done." in said.out


def test_a_second_apply_says_that_there_is_nothing_to_do(lab: Lab) -> None:
    said = lab("apply", "manifest.yaml")

    assert "No changes. 9 done." in said.out
    assert lab.ran() == []


def test_a_resource_that_was_commented_out_and_restored_is_done(lab: Lab) -> None:
    whole = lab.read()
    lab.write("manifest.yaml", whole.replace("\n  small:", "\n  x-small:"))
    text = whole[: whole.index("  small:")] + whole[whole.index("consolidations:\n  merged") :]
    lab.write("manifest.yaml", text)

    without = lab.plan()
    lab.apply()
    lab.write("manifest.yaml", whole)
    said = lab("plan", "manifest.yaml", "--detailed-exitcode")

    assert without == {"training.small/train": "rest"}
    assert "9 done" in said.out
    assert lab.ran() == []


def test_other_work_under_way_does_not_change_with_a_time_limit(lab: Lab) -> None:
    lab.hold("small")
    lab.edit("args: {step: small}", "args: {step: small, again: 1}")
    lab.submit()
    lab.until("training.small/train", "running")

    lab.edit("00:10:00", "00:20:00")

    said = lab("plan", "manifest.yaml", "--detailed-exitcode")
    assert "it runs as it was submitted" in said.out
    assert "1 under way" in said.out
