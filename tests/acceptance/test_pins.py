"""Data that exists already is pinned in otplan.lock, and only `otplan update` moves a pin."""

from tests.acceptance.lab import Lab

SOURCE = """
otplan: 1
workspace: pinned
datasets:
  raw: {source: {path: data/raw.jsonl}}
trainings:
  small:
    model: none
    datasets: [raw]
    script: step.sh
    args: {step: small}
"""
TRAIN = "training.small/train"


def _sourced(lab: Lab) -> None:
    (lab.folder / "data").mkdir()
    lab.write("data/raw.jsonl", "1\n")
    lab.make(SOURCE)


def test_an_apply_pins_what_floats_and_a_plan_does_not(fresh: Lab) -> None:
    _sourced(fresh)

    fresh("plan")
    planned = (fresh.folder / "otplan.lock").exists()
    fresh.apply()

    assert not planned
    assert '"path:data/raw.jsonl": "sha256:' in fresh.read("otplan.lock")


def test_changed_data_is_a_note_until_its_pin_is_moved(fresh: Lab) -> None:
    _sourced(fresh)
    fresh.apply()
    fresh.ran()
    fresh.write("data/raw.jsonl", "2\n")

    said = fresh("plan", "--detailed-exitcode")
    moving = fresh("update", "--check")
    still = fresh("plan", "--detailed-exitcode")
    fresh("update")
    fresh.apply()

    assert "Note: data/raw.jsonl is not what it was when it was pinned" in said.out
    assert "path:data/raw.jsonl" in moving.out
    assert still.out == said.out
    assert fresh.ran() == ["small"]


def test_unchanged_data_moves_no_pin(fresh: Lab) -> None:
    _sourced(fresh)
    fresh.apply()

    assert fresh("update").out == "every pin is what its name means now\n"


def test_offline_without_a_pin_a_stage_is_unpinned_and_cannot_be_applied(fresh: Lab) -> None:
    _sourced(fresh)

    said = fresh("plan", "--offline")
    document = fresh("plan", "--offline", "--json").document

    assert f"+ {TRAIN}   will be submitted (unpinned)" in said.out
    assert "Such a plan can be read, not applied." in said.out
    assert document["complete"] is False


def test_offline_with_a_pin_there_is_nothing_to_do(fresh: Lab) -> None:
    _sourced(fresh)
    fresh.apply()

    said = fresh("plan", "--offline", "--detailed-exitcode")

    assert "No changes. 2 done." in said.out


def test_data_that_is_gone_needs_a_person(fresh: Lab) -> None:
    _sourced(fresh)
    fresh.apply()
    (fresh.folder / "data" / "raw.jsonl").unlink()
    fresh.edit("args: {step: small}", "args: {step: small, v: 2}")

    planned = fresh.plan()

    assert planned == {"dataset.raw/source": "blocked", TRAIN: "rest"}
