"""YAML into nodes: places, aliases, merge keys, and each slip at its place."""

import pytest

from otplan.load.compose import compose
from otplan.load.node import plain, select, walk
from otplan.load.report import Report
from tests.load.build import node

SLIPS = {
    "a tab": ("a:\n\tb: 1", "2:1 OT106"),
    "an open quote": ("a: 'x\nb: 1", "1:4 OT107"),
    "an open list": ("a: [1\nb: 2", "1:4 OT107"),
    "a key without a space": ("a:\n  b:c\n  d: 1", "2:4 OT107"),
    "one colon too many": ("a: b: c", "1:5 OT107"),
    "a line too far left": ("a:\n  b: 1\n c: 2", "3:2 OT107"),
    "a glob": ("a: *.py", "1:4 OT107"),
    "an at sign": ("a: @b", "1:4 OT107"),
    "a custom tag": ("a: !!python/object:os.x {}", "1:4 OT108"),
    "a tag on a number": ("a: !!int x", "1:4 OT108"),
    "an alias to nothing": ("a: *b", "1:4 OT112"),
    "an alias to itself": ("a: &a [*a]", "1:8 OT111"),
    "a key twice": ("a: 1\nb: 2\na: 3", "3:1 OT113"),
    "a merge key twice": ("a: &a {}\nb: {<<: *a, <<: *a}", "2:13 OT113"),
    "a merge of no mapping": ("<<: [1]", "1:6 OT114"),
    "a list as a key": ("? [a]\n: 1", "1:3 OT115"),
    "a second document": ("a: 1\n---\nb: 2", "2:1 OT116"),
}


def test_every_value_knows_its_place() -> None:
    root = node("a:\n  b: [1, two]\n  c: x\n")

    places = {path: str(inner.place) for path, inner in walk(root)}

    assert places == {
        "a": "a.yaml:1:1",
        "a.b": "a.yaml:2:3",
        "a.b.0": "a.yaml:2:7",
        "a.b.1": "a.yaml:2:10",
        "a.c": "a.yaml:3:6",
    }


def test_an_alias_is_its_anchor_under_another_key() -> None:
    root = node("a: &a {x: 1}\nb: *a\n")

    assert plain(root) == {"a": {"x": 1}, "b": {"x": 1}}
    assert str(root.value["b"].place) == "a.yaml:2:1"
    assert str(root.value["b"].value["x"].place) == "a.yaml:1:11"


def test_a_merge_key_lies_below_own_fields_and_its_first_mapping_wins() -> None:
    root = node("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\n")

    assert plain(root.value["c"]) == {"x": 1, "y": 3, "z": 2}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(node('"<<": 1')) == {"<<": 1}


def test_a_key_is_the_text_as_written() -> None:
    assert plain(node("no: 1\n010: 2\n1.0: 3\n")) == {"no": 1, "010": 2, "1.0": 3}


def test_a_standard_tag_says_the_type() -> None:
    assert plain(node("[!!str 010, !!float 1.5, ! 7]")) == ["010", 1.5, "7"]


@pytest.mark.parametrize(("text", "expected"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_at_its_place(text: str, expected: str) -> None:
    report = Report()

    compose(text, "a.yaml", report)

    found = report.ordered("a.yaml")
    assert [f"{one.place.line}:{one.place.column} {one.code}" for one in found if one.place] == [
        expected
    ]
    assert all(one.help for one in found)


def test_a_second_value_of_a_key_hides_no_error_in_either() -> None:
    report = Report()

    root = compose("a: {b: no}\na: {b: on}\n", "a.yaml", report)

    assert [one.code for one in report.ordered("a.yaml")] == ["OT122", "OT113", "OT122"]
    assert root is not None
    assert [len(inner.twins) for _, inner in select(root, ["a"])] == [1]


def test_a_trap_in_a_file_of_others_is_a_warning_with_its_value() -> None:
    report = Report()

    root = compose("[no, 010, 1e-5, 24:00:00]", "a.yaml", report, foreign=True)

    assert root is not None
    assert plain(root) == [False, 8, "1e-5", 86400]
    assert report.count == 0
    assert len(report.warnings) == 4
