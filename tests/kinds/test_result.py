"""What decides a result, what is behind a job, and what is neither."""

from __future__ import annotations

from typing import Any

import pytest

from otplan.core.address import parse
from otplan.core.resource import Resource
from tests.kinds.build import draft, drafts, opaque, parsed, refers, resource

TRAINING: dict[str, Any] = {
    "model": "m",
    "datasets": ["d"],
    "script": "t.py",
    "config": "c.yaml",
    "files": ["lib.py"],
}
FILES = {
    "script": opaque("t.py", "sha256:t"),
    "config": parsed("c.yaml", {"lr": 1.0, "list": [1, 2], "none": None}),
    "files.0": opaque("lib.py", "sha256:l"),
}
RESULT = {
    "model": "m",
    "script": "sha256:t",
    "files.lib.py": "sha256:l",
    "config.lr": 1.0,
    "config.list": [1, 2],
    "config.none": None,
}


def _training(**fields: Any) -> Resource:  # noqa: ANN401
    references = (refers("datasets", "dataset.d"),)
    return resource("training.t", TRAINING | fields, references=references, files=FILES)


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({}, {}),
        ({"args": {"n": 1, "off": False}, "env": {"A": "1"}}, {"args.n": 1, "env.A": "1"}),
        ({"overrides": {"lr": 2.0}}, {"config.lr": 2.0}),
        ({"overrides": {"a.b": 1, "a": {"b": 2}}}, {r"config.a\.b": 1, "config.a.b": 2}),
        ({"replicate": 2}, {"replicate": 2}),
        ({"outputs": ["other"]}, {"outputs": ["other"]}),
        ({"outputs": ["model"], "launcher": "script", "env": {}, "files": ["lib.py"]}, {}),
        ({"gpus": 4, "slurm": {"time": "1h"}, "description": "x", "matrix": {"a": [1]}}, {}),
    ],
)
def test_every_leaf_behind_the_result_is_in_it(
    fields: dict[str, Any], more: dict[str, Any]
) -> None:
    one = _training(**fields)

    found = draft(one).result

    assert found == RESULT | more


@pytest.mark.parametrize(
    ("fields", "declared"),
    [
        ({}, {}),
        ({"gpus": 0, "nodes": 1, "attempts": 1, "slurm": {}}, {}),
        ({"gpus": 4, "memory": "1G"}, {"gpus": 4, "memory": "1G"}),
        ({"slurm": {"time": "1h", "qos": "q"}}, {"slurm.time": "1h", "slurm.qos": "q"}),
        ({"attempts": 2}, {"attempts": 2}),
        ({"args": {"n": 1}, "description": "x"}, {}),
    ],
)
def test_every_leaf_behind_the_job_is_declared(
    fields: dict[str, Any], declared: dict[str, Any]
) -> None:
    one = _training(**fields)

    found = draft(one).script

    assert found == {"cluster": "local"} | declared


def test_another_name_or_another_upstream_name_changes_no_result() -> None:
    one = _training()
    renamed = resource(
        "training.other",
        TRAINING | {"datasets": ["e"]},
        references=(refers("datasets", "dataset.e"),),
        files=FILES,
    )

    assert draft(renamed).result == draft(one).result
    assert draft(renamed).script == draft(one).script


def test_a_script_that_moved_is_the_same_script() -> None:
    moved = FILES | {"script": opaque("src/t.py", "sha256:t")}
    one = resource("training.t", TRAINING | {"script": "src/t.py"}, files=moved)

    assert draft(one).result["script"] == draft(_training()).result["script"]


def test_a_model_by_an_open_name_is_in_the_result_and_a_reference_is_not() -> None:
    fields = {"model": "m", "benchmark": "b"}
    opened = resource("eval.e", fields)
    made = resource("eval.e", fields, references=(refers("model", "training.m"),))

    assert draft(opened).result == {"model": "m", "benchmark": "b"}
    assert draft(made).result == {"benchmark": "b"}


def test_what_is_read_by_an_input_is_not_in_the_result() -> None:
    fields = {"command": ["a"], "inputs": {"x": ["d", "e"]}}
    one = resource("script.s", fields, references=(refers("inputs.x", "dataset.d", "dataset.e"),))

    assert draft(one).result == {"command": ["a"]}
    assert draft(one).wants[0].addresses == (parse("dataset.d"), parse("dataset.e"))


def test_the_fields_of_a_join_are_no_part_of_the_chunks() -> None:
    made = {"script": "g.py", "chunks": 2, "chunks_at_once": 1}
    plain = resource("dataset.d", {"generate": made})
    joined = resource("dataset.d", {"generate": made | {"join": {"script": "j.py"}}})

    assert drafts(plain)[0] == drafts(joined)[0]
