"""What a change says of its cause: field, old, new, line; or which stage upstream it comes from."""

from dataclasses import replace

from otplan.core.plan import FieldChange, Reason
from otplan.core.resource import Reference
from otplan.core.stage import Need, Stage
from otplan.errors import Place
from tests.kinds.build import resource
from tests.planner.world import Scene, chain, only_reason, stage

NEW = {"args.x": "2", "args.y": '"b"'}


def test_a_field_that_changed_is_told_with_old_and_new_and_its_line() -> None:
    line = Place("m.yaml", 7, 3)
    scene = Scene([stage("a", components={"args.x": "2"})])
    declared = resource("script.a", {}, places={"args.x": line})
    scene.resources = {declared.address: declared}
    scene.done("a@old", components={"args.x": "1"})

    reason = only_reason(scene, "a")

    assert reason.code == "changed"
    assert reason.text == "args.x changed since attempt 1"
    assert reason.fields == (FieldChange("args.x", "1", "2", line),)


def test_a_field_that_came_or_went_has_nothing_on_the_other_side() -> None:
    scene = Scene([stage("a", components={"args.new": "1"})])
    scene.done("a@old", components={"args.old": "1"})

    fields = only_reason(scene, "a").fields

    assert fields == (FieldChange("args.new", "", "1"), FieldChange("args.old", "1", ""))


def test_what_comes_from_above_is_chained_to_the_stage_it_came_through() -> None:
    scene = Scene(chain(3))
    for name, parent in (("s0", ""), ("s1", "s0"), ("s2", "s1")):
        reads = {f"input.{parent}": f'["v1:{parent}@old"]'} if parent else {}
        scene.done(f"{name}@old", components={"args.x": f'"{name}"'} | reads)
    scene.stages = [replace(scene.stages[0], components=NEW), *scene.stages[1:]]

    reasons = [only_reason(scene, name) for name in ("s0", "s1", "s2")]

    assert [reason.via for reason in reasons] == ["", "script.s0/run", "script.s1/run"]
    assert [field.field for field in reasons[0].fields] == ["args.x", "args.y"]
    assert [reason.fields for reason in reasons[1:]] == [(), ()]


def test_an_input_more_is_a_field_that_changed_and_not_an_upstream() -> None:
    line = Place("m.yaml", 9, 5)
    reads = Reference("datasets", "D", ())
    scene = Scene([stage("d"), stage("e"), _reading("d", "e")])
    declared = resource("script.a", {}, references=(reads,), places={"datasets": line})
    scene.resources = {declared.address: declared}
    scene.done("a@old", components={"input.D": '["v1:d"]'})

    reason = only_reason(scene, "a")

    assert reason.via == ""
    assert reason.fields == (
        FieldChange("input.D", '["script.d/run"]', '["script.d/run","script.e/run"]', line),
    )


def test_inputs_in_another_order_are_a_field_that_changed() -> None:
    scene = Scene([stage("d"), stage("e"), _reading("d", "e")])
    scene.done("a@old", components={"input.D": '["v1:e","v1:d"]'})

    assert [field.field for field in only_reason(scene, "a").fields] == ["input.D"]


def test_the_newest_of_what_was_made_under_a_name_is_compared_with() -> None:
    scene = Scene([stage("a", components={"args.x": "3"})])
    scene.done("a@first", components={"args.x": "1"}, approval=1)
    scene.done("a@second", components={"args.x": "2"}, approval=2)

    assert only_reason(scene, "a").fields[0].old == "2"


def test_a_stage_without_a_past_is_simply_new() -> None:
    scene = Scene([stage("a")])

    assert only_reason(scene, "a") == Reason("new", "nothing was ever submitted for it")


def _reading(*parents: str) -> Stage:
    """Return a stage that reads all these by one name."""
    needs = tuple(Need(f"v1:{parent}", "D") for parent in parents)
    listed = ",".join(f'"v1:{parent}"' for parent in parents)
    return stage("a", needs=needs, components={"input.D": f"[{listed}]"})
