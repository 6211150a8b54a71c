"""The stages of a dataset."""

from __future__ import annotations

from typing import Any

import pytest

from otplan.core.address import parse
from otplan.core.stage import Want
from tests.kinds.build import draft, drafts, refers, resource

CHUNKED = {"script": "g.py", "chunks": 4, "chunks_at_once": 2}
OWN = (parse("dataset.d"),)


@pytest.mark.parametrize(
    ("fields", "roles"),
    [
        ({"source": {"path": "x"}}, ["source"]),
        ({"generate": {"script": "g.py"}}, ["generate"]),
        ({"generate": CHUNKED}, ["generate", "join"]),
        ({"trace": CHUNKED}, ["trace", "join"]),
        ({"generate": CHUNKED, "trace": {"script": "t.py"}}, ["generate", "join", "trace"]),
        ({"generate": {"script": "g.py"}, "trace": CHUNKED}, ["generate", "trace", "join-traces"]),
    ],
)
def test_a_dataset_has_the_stages_it_declares(fields: dict[str, Any], roles: list[str]) -> None:
    one = resource("dataset.d", fields)

    found = drafts(one)

    assert [made.role for made in found] == roles


def test_given_data_counts_by_its_content_and_not_by_its_path() -> None:
    here = resource("dataset.d", {"source": {"path": "x"}}, pins={"path:x": "sha256:1"})
    there = resource("dataset.d", {"source": {"path": "y"}}, pins={"path:y": "sha256:1"})

    assert draft(here).result == draft(there).result == {"source": "sha256:1"}
    assert (draft(here).given, draft(there).given) == ("x", "y")
    assert draft(here).pinned


@pytest.mark.parametrize("pins", [{}, {"path:x": ""}])
def test_given_data_without_a_pin_says_so(pins: dict[str, str]) -> None:
    one = resource("dataset.d", {"source": {"path": "x"}}, pins=pins)

    assert not draft(one).pinned


def test_chunks_are_an_array_and_their_join_reads_them() -> None:
    one = resource("dataset.d", {"generate": CHUNKED})

    array, join = drafts(one)

    assert (array.elements, array.at_once) == (4, 2)
    assert array.result["generate.chunks"] == 4
    assert array.script["generate.chunks_at_once"] == 2
    assert join.wants == (Want("CHUNKS", OWN, "generate"),)
    assert join.elements == 0


def test_a_join_without_a_program_concatenates_and_asks_for_little() -> None:
    fields = {"generate": CHUNKED | {"outputs": ["a", "b"]}, "nodes": 8, "gpus": 4, "memory": "9G"}
    one = resource("dataset.d", fields | {"slurm": {"time": "1h"}})

    _, join = drafts(one)

    assert join.template == "dataset.join"
    assert join.program.argv == ()
    assert join.program.extra == {"concatenate": ["a", "b"]}
    assert join.outputs == ("a", "b")
    assert (join.limits.nodes, join.limits.gpus, join.limits.memory) == (1, 0, None)
    assert join.limits.time == 3600
    assert join.script == {"cluster": "local", "slurm.time": "1h"}


def test_a_join_with_a_program_has_its_own_fields() -> None:
    fields = {"generate": CHUNKED | {"join": {"script": "j.py", "args": {"n": 1}}}, "nodes": 8}
    one = resource("dataset.d", fields)

    _, join = drafts(one)

    assert join.program.argv == ("python3", "j.py", "--n", "1")
    assert join.result == {"generate.join.script": "", "generate.join.args.n": 1}
    assert join.outputs == ("data.jsonl",)
    assert join.limits.nodes == 1


def test_a_trace_reads_the_dataset_it_names() -> None:
    references = (refers("trace.tasks", "dataset.tasks"),)
    one = resource("dataset.d", {"trace": {"script": "t.py"}}, references=references)

    assert draft(one).wants == (Want("TASKS", (parse("dataset.tasks"),)),)


@pytest.mark.parametrize(
    ("generate", "role"), [({"script": "g.py"}, "generate"), (CHUNKED, "join")]
)
def test_a_trace_beside_generate_reads_what_that_makes(generate: dict[str, Any], role: str) -> None:
    one = resource("dataset.d", {"generate": generate, "trace": {"script": "t.py"}})

    trace = drafts(one)[-1]

    assert trace.wants == (Want("TASKS", OWN, role),)


def test_a_trace_that_is_added_leaves_what_was_there() -> None:
    before = resource("dataset.d", {"generate": CHUNKED})
    after = resource("dataset.d", {"generate": CHUNKED, "trace": CHUNKED})

    assert drafts(after)[:2] == drafts(before)


def test_inputs_of_generate_are_not_those_of_its_join() -> None:
    made = CHUNKED | {"join": {"script": "j.py"}}
    references = (
        refers("generate.inputs.a", "script.a"),
        refers("generate.join.inputs.b", "script.b"),
    )
    one = resource("dataset.d", {"generate": made}, references=references)

    array, join = drafts(one)

    assert [want.input for want in array.wants] == ["A"]
    assert [want.input for want in join.wants] == ["CHUNKS", "B"]


def test_a_replicate_is_told_apart_in_every_stage() -> None:
    one = resource("dataset.d", {"generate": CHUNKED, "replicate": 2})

    found = drafts(one)

    assert [made.result["replicate"] for made in found] == [2, 2]
