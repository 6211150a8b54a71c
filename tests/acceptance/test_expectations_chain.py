"""What the experiment over three clusters is expected to do: it waits for repos, not for jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otplan.core.job import JobRef
from otplan.planner.edges import edges
from tests.acceptance import examples
from tests.acceptance.lab import Lab

NAME = "09-32b-chain"


@pytest.fixture
def project(fresh: Lab) -> Lab:
    return examples.prepare(fresh)


def test_it_is_a_training_a_consolidation_and_three_evals_in_this_order(project: Lab) -> None:
    made = [stage for stage in examples.stages(project, NAME) if stage.content]

    assert [(stage.addresses[0].kind, stage.cluster) for stage in made] == [
        ("training", "perlmutter"),
        ("consolidation", "capella"),
        *[("eval", "vista")] * 3,
    ]


def test_no_job_waits_for_one_of_another_cluster_but_each_reads_what_was_published(
    project: Lab,
) -> None:
    whole = {stage.fingerprint: stage for stage in examples.stages(project, NAME)}
    jobs = {(f, 0): JobRef(stage.cluster, stage.label) for f, stage in whole.items()}

    across = {
        (parent.label, stage.label)
        for stage in whole.values()
        for need in stage.needs
        if (parent := whole.get(need.fingerprint)) and parent.cluster != stage.cluster
    }

    assert across == {
        ("training.sft/publish", "training.sft/fetch-capella"),
        ("consolidation.sft-fp32/publish", "consolidation.sft-fp32/fetch-vista"),
    }
    for stage in whole.values():
        near = replace(stage, needs=tuple(n for n in stage.needs if n.fingerprint in whole))
        assert {edge.job.cluster for edge in edges(near, whole, jobs)} <= {stage.cluster}


def test_a_plan_says_that_it_waits_for_what_is_verified_on_the_hub(project: Lab) -> None:
    said = project("plan", f"{NAME}.yaml", "--offline", "--json").document["changes"]

    told = {each["label"]: each["reasons"][0] for each in said if each["action"] == "rest"}

    assert told["training.sft/fetch-capella"]["code"] == "gate"
    assert told["training.sft/fetch-capella"]["text"] == (
        "waits until training.sft/publish has verified "
        "hf:model:my-org/swesmith-qwen3-32b-shards on the Hub"
    )
    assert told["consolidation.sft-fp32/consolidate"]["via"] == "training.sft/fetch-capella"


def test_its_shards_are_published_since_the_consolidation_is_elsewhere(project: Lab) -> None:
    project.edit("    outputs: [model, checkpoint]\n", "", f"{NAME}.yaml")

    said = " ".join(project("lint", f"{NAME}.yaml", code=3).out.split())

    assert "OT604" in said
    assert "`outputs: [model, checkpoint]` at training.sft" in said
