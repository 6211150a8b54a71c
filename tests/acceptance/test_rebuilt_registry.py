"""A registry that is lost is made anew from what lies in the run folders."""

import json

from tests.acceptance.lab import Lab


def _lose(lab: Lab) -> None:
    (lab.folder / ".otplan" / "registry.db").unlink()


def test_a_lost_registry_stops_a_plan_and_tells_how_to_make_it_anew(lab: Lab) -> None:
    _lose(lab)

    said = lab("plan", "manifest.yaml", code=1)

    assert "otplan registry rebuild" in said.err


def test_what_was_done_is_done_again_after_a_rebuild(lab: Lab) -> None:
    _lose(lab)

    said = lab("registry", "rebuild", "manifest.yaml", "--json").document
    lab.apply()

    assert said["attempts"] == said["jobs"] > 0
    assert lab.ran() == []
    assert lab.plan() == {}


def test_what_runs_and_what_queues_is_found_again(lab: Lab) -> None:
    lab.edit("step: small", "step: other")
    lab.hold("other")
    lab.submit()
    lab.until("training.small/train", "running")
    before = lab.queue()

    _lose(lab)
    lab("registry", "rebuild", "manifest.yaml")
    planned = lab.plan()
    lab.submit()
    after = lab.queue()
    lab.let_go()
    lab.apply()

    assert "submit" not in planned.values()
    assert len(after.entries) == len(before.entries)
    assert lab.ran().count("other") == 1
    assert lab.plan() == {}


def test_a_rebuild_of_what_is_not_lost_changes_nothing(lab: Lab) -> None:
    said = lab("registry", "rebuild", "manifest.yaml", "--json").document

    assert said["attempts"] == 0
    assert lab.plan() == {}


def test_a_damaged_copy_is_told_and_the_rest_is_read(lab: Lab) -> None:
    _lose(lab)
    copy = next((lab.folder / ".otplan").glob("*/*/attempt-1/intent.json"))
    row = json.loads(copy.read_bytes())
    copy.write_text("{")

    said = lab("registry", "rebuild", "manifest.yaml").out

    assert f"{copy} cannot be read" in said
    assert any(label.startswith(row["address"]) for label in lab.plan())


def test_where_nothing_was_ever_made_nothing_can_be_rebuilt(fresh: Lab) -> None:
    fresh.make()

    said = fresh("registry", "rebuild", "manifest.yaml", code=1)

    assert "no folder of experiments here has a workspace" in said.err
