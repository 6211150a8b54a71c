"""A resource with a repo gets a stage that publishes its product, and decides nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.address import parse
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Where
from otplan.kinds.publishing import base_model, check_published, with_publish
from tests.kinds.build import CLUSTER, drafts, refers, resource

SEEDS = {"generate": {"script": "make.py"}}
TRAINED = {"model": "Qwen/Qwen3-8B", "datasets": ["seeds"], "script": "train.py"}


def published(one: Resource, *others: Resource) -> Draft:
    """Return the stage that publishes a resource."""
    named = {each.address: each for each in (one, *others)}
    return with_publish(one, CLUSTER, drafts(one), named)[-1]


def trained(**fields: Any) -> Resource:  # noqa: ANN401 - any field of it
    return resource("training.sft", {**TRAINED, "repo": "my-org/sft", **fields})


def test_without_a_repo_there_is_nothing_to_publish() -> None:
    one = resource("training.sft", TRAINED)

    assert with_publish(one, CLUSTER, drafts(one), {}) == drafts(one)


def test_it_reads_the_product_and_is_no_content() -> None:
    draft = published(trained())

    (want,) = draft.wants
    assert (draft.role, draft.content, draft.where) == ("publish", False, Where.INTERNET)
    assert (want.input, want.addresses, want.role) == ("PRODUCT", (parse("training.sft"),), "train")
    assert draft.target == "hf:model:my-org/sft"
    assert draft.result == {"repo": "my-org/sft"}


def test_data_is_published_as_data_and_its_join_is_the_product() -> None:
    chunked = {"generate": {**SEEDS["generate"], "chunks": 2}, "repo": "my-org/seeds"}

    draft = published(resource("dataset.seeds", chunked))

    assert draft.target == "hf:dataset:my-org/seeds"
    assert draft.wants[0].role == "join"


def test_what_is_published_does_not_hang_on_where() -> None:
    bare, named = resource("training.sft", TRAINED), trained(private=False, license="mit")

    assert drafts(bare)[0].result == drafts(named)[0].result
    assert published(named).result == {"repo": "my-org/sft", "private": False, "license": "mit"}


def test_its_program_is_told_what_to_send_and_for_whom() -> None:
    draft = published(trained(private=False, license="mit"))

    assert draft.program.tool == "publish.py"
    assert draft.program.argv == (
        *("--repo", "hf:model:my-org/sft", "--public", "--license", "mit"),
        *("--base-model", "Qwen/Qwen3-8B", "--file", "model"),
    )


def test_shards_put_together_began_as_the_model_of_their_training() -> None:
    training = resource("training.sft", TRAINED)
    merged = resource(
        "consolidation.fp32",
        {"training": "sft", "script": "merge.py", "repo": "my-org/fp32"},
        references=(refers("training", "training.sft"),),
    )

    named = {each.address: each for each in (training, merged)}
    assert base_model(merged, named) == "Qwen/Qwen3-8B"


def test_a_model_that_is_no_repo_is_no_base_model() -> None:
    assert base_model(trained(model="none"), {}) == ""


def test_it_runs_where_the_internet_is_and_asks_for_no_gpu() -> None:
    fields = {"gpus": 8, "nodes": 4, "slurm": {"account": "a", "partition": "gpu", "time": "1-0"}}
    one = resource("training.sft", {**TRAINED, "repo": "my-org/sft", **fields})
    site = replace(CLUSTER, internet="partition:data")

    draft = with_publish(one, site, drafts(one), {})[-1]

    assert (draft.limits.nodes, draft.limits.gpus) == (1, 0)
    assert draft.options == {"account": "a", "partition": "data"}


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"repo": "my-org/sft"}, []),
        ({"repo": "my-org/" + "x" * 97}, ["OT563"]),
        ({"repo": "sft"}, ["OT563"]),
        ({"repo": "my-org/a--b"}, ["OT563"]),
        ({"private": False}, ["OT565"]),
        ({"license": "mit", "private": True}, ["OT565", "OT565"]),
    ],
)
def test_a_repo_must_be_one_that_the_hub_takes(fields: dict[str, Any], codes: list[str]) -> None:
    one = resource("training.sft", {**TRAINED, **fields})

    assert [found.code for found in check_published(one)] == codes


def test_data_that_exists_already_is_not_published_again() -> None:
    one = resource("dataset.seeds", {"source": {"path": "x"}, "repo": "my-org/seeds"})

    assert [found.code for found in check_published(one)] == ["OT565"]
