"""Consolidations: shards of a training or that exist already, by otplan's tool or a program."""

from otplan.core.resource import Resource
from tests.kinds.build import codes, draft, drafts, opaque, refers, resource


def of_a_training(**fields: object) -> Resource:
    return resource(
        "consolidation.c",
        {"training": "t", **fields},
        references=(refers("training", "training.t"),),
    )


def test_without_a_program_the_tool_puts_the_shards_together() -> None:
    made = draft(of_a_training(base="org/m"))

    assert (made.program.tool, made.program.argv) == ("consolidate.py", ())
    assert made.program.env["OTPLAN_BASE"] == "org/m"
    assert [want.input for want in made.wants] == ["TRAINING"]


def test_a_program_of_one_s_own_stays_in_its_place() -> None:
    files = {"script": opaque("merge.py")}
    one = resource("consolidation.c", {"training": "t", "script": "merge.py"}, files=files)

    assert draft(one).program.tool == ""
    assert draft(one).program.argv == ("python3", "merge.py")


def test_shards_that_exist_are_a_stage_of_their_own_that_is_read() -> None:
    one = resource(
        "consolidation.c",
        {"source": {"repo": "org/shards"}},
        pins={"hf:model:org/shards@main": "1" * 40},
    )

    source, merged = drafts(one)

    assert source.given == f"hf:model:org/shards@{'1' * 40}"
    assert (merged.wants[0].input, merged.wants[0].role) == ("TRAINING", "source")
    assert merged.result == {}, "what counts of them is the pinned commit, as an input"


def test_shards_come_from_one_place() -> None:
    both = of_a_training(source={"path": "x"})

    assert codes(both) == ["OT557"]
    assert codes(resource("consolidation.c", {})) == ["OT557"]
    assert codes(resource("consolidation.c", {"source": {}})) == ["OT560"]
    assert codes(of_a_training(args={"a": 1})) == ["OT550"]
    assert codes(of_a_training()) == []
