"""Which models are of the Hub, and what is declared of one that a resource names."""

from typing import Any

import pytest

from otplan.kinds.by_name import named_model, with_model
from tests.kinds.build import drafts, parsed, refers, resource

PIN = {"hf:model:my-org/base@main": "a" * 40}
SFT = {"model": "my-org/base", "datasets": ["seeds"], "launcher": "llamafactory"}


@pytest.mark.parametrize(
    ("address", "fields", "is_named"),
    [
        ("training.t", {"model": "my-org/base"}, True),
        ("training.t", {"model": "none"}, False),
        ("training.t", {"model": "./my-org/base"}, False),
        ("training.t", {"model": "/models/base"}, False),
        ("training.t", {"model": "my-org/base/part"}, False),
        ("eval.e", {"model": "my-org/base", "script": "measure.py"}, True),
        ("eval.e", {"model": "my-org/base", "tasks": ["arc"]}, True),
        ("eval.e", {"model": "my-org/base", "harbor": "h.yaml", "serving": {}}, True),
        ("eval.e", {"model": "openai/gpt-5-mini", "harbor": "h.yaml"}, False),
        ("eval.e", {"model": "openai/gpt-5-mini", "script": "m.py", "engine": "api.yaml"}, False),
        ("script.s", {"script": "run.py"}, False),
    ],
)
def test_a_model_of_the_hub_is_one_that_the_job_runs_itself(
    address: str, fields: dict[str, Any], is_named: bool
) -> None:
    files = {
        "harbor": parsed("h.yaml", {}),
        "engine": parsed("api.yaml", {"engine": {"type": "openai"}}),
    }

    found = named_model(resource(address, fields, files=files))

    assert (found is not None) is is_named


def test_every_stage_that_is_told_the_name_waits_for_the_model_and_counts_as_before() -> None:
    one = resource("training.t", {**SFT, "pretokenize": {}}, pins=PIN)
    bare = drafts(one)

    model, *others = with_model(one, bare)

    assert (model.role, model.given) == ("model", f"hf:model:my-org/base@{'a' * 40}")
    assert not model.content
    assert [[w.role for w in each.wants if not w.input] for each in others] == [["model"]] * 2
    assert [each.result for each in others] == [each.result for each in bare]
    assert [each.script for each in others] == [each.script for each in bare]


def test_without_a_pin_its_program_looks_for_the_name_as_it_did() -> None:
    one = resource("training.t", SFT)

    assert with_model(one, drafts(one)) == drafts(one)


def test_what_a_stage_makes_is_no_name() -> None:
    made = {**SFT, "model": "base"}
    one = resource("training.t", made, references=(refers("model", "training.base"),), pins=PIN)

    assert with_model(one, drafts(one)) == drafts(one)
