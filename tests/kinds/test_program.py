"""What a program is started with."""

from __future__ import annotations

from typing import Any

import pytest

from otplan.core.address import parse
from otplan.core.stage import Want
from tests.kinds.build import draft, parsed, refers, resource


@pytest.mark.parametrize(
    ("script", "argv"),
    [
        ("a/train.py", ("python3", "a/train.py")),
        ("a/train.sh", ("bash", "a/train.sh")),
        ("a/train", ("a/train",)),
        ("train", ("./train",)),
        ("-c.py", ("python3", "./-c.py")),
        ("--rcfile.sh", ("bash", "./--rcfile.sh")),
        ("-train", ("./-train",)),
    ],
)
def test_the_suffix_of_a_script_says_what_runs_it(script: str, argv: tuple[str, ...]) -> None:
    one = resource("script.a", {"script": script})

    found = draft(one).program.argv

    assert found == argv


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ({"limit": 200}, ("--limit", "200")),
        ({"limit": 0}, ("--limit", "0")),
        ({"rate": 1.0e-5}, ("--rate", "1e-05")),
        ({"shuffle": True}, ("--shuffle",)),
        ({"shuffle": False, "seed": None, "names": []}, ()),
        ({"names": ["a b", 2, True]}, ("--names", "a b", "2", "true")),
        ({"b": 1, "a": 2}, ("--b", "1", "--a", "2")),
    ],
)
def test_arguments_become_options(args: dict[str, Any], options: tuple[str, ...]) -> None:
    one = resource("script.a", {"command": ["run"], "args": args})

    found = draft(one).program.argv

    assert found == ("run", *options)


@pytest.mark.parametrize(
    ("fields", "config"),
    [
        ({}, None),
        ({"overrides": {}}, None),
        ({"config": "c.yaml"}, {"a": {"b": 1, "c": 2}, "d": [1, 2]}),
        ({"overrides": {"x": 1}}, {"x": 1}),
        (
            {"config": "c.yaml", "overrides": {"a": {"b": 3}, "d": [4]}},
            {"a": {"b": 3, "c": 2}, "d": [4]},
        ),
        (
            {"config": "c.yaml", "overrides": {"a.b": 3, "d": None}},
            {"a": {"b": 1, "c": 2}, "d": None, "a.b": 3},
        ),
    ],
)
def test_overrides_are_laid_over_the_config(fields: dict[str, Any], config: object) -> None:
    files = {"config": parsed("c.yaml", {"a": {"b": 1, "c": 2}, "d": [1, 2]})}
    one = resource("script.a", {"script": "a.py", **fields}, files=files)

    found = draft(one).program.config

    assert found == config


def test_references_feed_inputs_in_their_order() -> None:
    references = (refers("datasets", "dataset.b", "dataset.a"), refers("inputs.seed", "script.s"))
    one = resource("training.t", {"model": "m"}, references=references)

    wants = draft(one).wants

    assert wants == (
        Want("DATASETS", (parse("dataset.b"), parse("dataset.a"))),
        Want("SEED", (parse("script.s"),)),
    )


@pytest.mark.parametrize(
    ("address", "fields", "env"),
    [
        ("training.t", {"model": "m"}, {"OTPLAN_MODEL": "m"}),
        (
            "eval.e",
            {"model": "m", "benchmark": "b", "env": {"A": "1"}},
            {"A": "1", "OTPLAN_MODEL": "m", "OTPLAN_BENCHMARK": "b"},
        ),
    ],
)
def test_a_program_is_told_the_fields_of_its_kind(
    address: str, fields: dict[str, Any], env: dict[str, str]
) -> None:
    one = resource(address, fields)

    found = draft(one).program.env

    assert found == env


def test_a_model_that_is_made_reaches_an_eval_as_input_only() -> None:
    references = (refers("model", "training.t"),)
    one = resource("eval.e", {"model": "t", "benchmark": "b"}, references=references)

    found = draft(one)

    assert found.program.env == {"OTPLAN_BENCHMARK": "b"}
    assert found.wants == (Want("MODEL", (parse("training.t"),)),)


@pytest.mark.parametrize(
    ("address", "role", "outputs"),
    [
        ("training.a", "train", ("model",)),
        ("consolidation.a", "consolidate", ("model",)),
        ("eval.a", "evaluate", ("metrics.json",)),
        ("script.a", "run", ()),
    ],
)
def test_every_kind_has_its_role_and_usual_outputs(
    address: str, role: str, outputs: tuple[str, ...]
) -> None:
    one = resource(address, {"script": "a.py", "model": "m", "benchmark": "b"})

    found = draft(one)

    assert (found.role, found.template) == (role, f"{one.address.kind}.{role}")
    assert found.outputs == outputs
