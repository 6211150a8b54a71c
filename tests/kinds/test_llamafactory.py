"""Trainings with LLaMA-Factory: whose setting is whose, the batch, and what counts."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.kinds import training
from tests.kinds.build import CLUSTER, codes, draft, drafts, parsed, refers, resource


def sft(settings: dict[str, Any] | None = None, **fields: Any) -> Resource:  # noqa: ANN401
    """Return a training with these settings in its file, and these fields over the usual ones."""
    usual = {"launcher": "llamafactory", "model": "org/m", "datasets": ["d"], "config": "c.yaml"}
    return resource(
        "training.sft",
        {**usual, **fields},
        files={"config": parsed("c.yaml", settings or {"stage": "sft"})},
        references=(refers("datasets", "dataset.d"),),
    )


def counted(one: Draft) -> dict[str, Any]:
    """Return what decides the result of a stage."""
    return dict(one.result)


def test_numbers_stay_numbers_and_truth_stays_truth() -> None:
    made = draft(sft({"cutoff_len": 8}, overrides={"cutoff_len": 16384, "bf16": True}))

    assert made.program.config is not None
    settings = made.program.config["settings"]
    assert settings["cutoff_len"] == 16384
    assert settings["bf16"] is True


@pytest.mark.parametrize(
    ("nodes", "gpus", "settings", "expected"),
    [
        (8, 4, {"global_batch_size": 64}, (64, 1, 2)),
        (1, 4, {"global_batch_size": 64, "per_device_train_batch_size": 2}, (64, 2, 8)),
        (
            32,
            1,
            {
                "global_batch_size": 64,
                "tensor_model_parallel_size": 4,
                "pipeline_model_parallel_size": 4,
                "expert_model_parallel_size": 2,
                "context_parallel_size": 2,
            },
            (64, 1, 64),
        ),
        (
            2,
            4,
            {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 2},
            (16, 1, 2),
        ),
        (1, 0, {"global_batch_size": 16}, (16, 1, 16)),
    ],
)
def test_the_batch_is_made_of_the_gpus_there_are(
    nodes: int, gpus: int, settings: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    made = draft(sft(settings, nodes=nodes, gpus=gpus))

    assert made.program.config is not None
    own = made.program.config["settings"]
    found = (own["per_device_train_batch_size"], own["gradient_accumulation_steps"])
    assert (made.result["global_batch_size"], *found) == expected
    assert "global_batch_size" not in own, "LLaMA-Factory does not know it"


def test_a_batch_that_cannot_be_made_is_told_with_nodes_that_can() -> None:
    one = sft({"global_batch_size": 512}, nodes=100, gpus=4)

    [found] = [d for d in training.checks(one, CLUSTER) if d.code == "OT551"]

    assert found.message == (
        "A batch of 512 cannot be made of 1 on each of 400 ranks: 512 is no multiple of 400."
    )
    assert found.help == "With 4 processes a node it can be made on 32, 64, 128 nodes (`nodes`)."


def test_nodes_are_a_matter_of_speed_where_the_batch_is_fixed_and_make_it_where_not() -> None:
    fixed = [counted(draft(sft(global_batch_size=64, nodes=n, gpus=4))) for n in (1, 2)]
    free = [counted(draft(sft(nodes=n, gpus=4))) for n in (1, 2)]

    assert fixed[0] == fixed[1]
    assert free[0] != free[1]


def test_how_a_training_is_watched_and_where_it_goes_does_not_count() -> None:
    plain = {"stage": "sft"}
    watched = {"logging_steps": 5, "save_steps": 9, "report_to": "wandb", "output_dir": "/x"}

    before, after = draft(sft(plain)), draft(sft({**plain, **watched}))

    assert counted(before) == counted(after)
    assert before.script != after.script, "a queued job is sent again"


def test_the_same_batch_said_in_the_manifest_or_in_the_file_is_the_same() -> None:
    inside = draft(sft({"stage": "sft", "global_batch_size": 64}))
    outside = draft(sft({"stage": "sft"}, global_batch_size=64))

    assert counted(inside) == counted(outside)


def test_what_describes_the_datasets_is_no_setting_of_llama_factory() -> None:
    made = draft(sft({"role_tag": "role", "prompt_column": "q", "packing": True}))

    assert made.program.config is not None
    assert made.program.config["data"] == {"role_tag": "role", "prompt": "q"}
    assert "role_tag" not in made.program.config["settings"]
    assert made.result["config.role_tag"] == "role"


def test_trainings_that_tokenize_alike_share_the_stage_and_others_do_not() -> None:
    def tokenizing(**settings: Any) -> dict[str, Any]:  # noqa: ANN401
        first, _ = drafts(sft({"cutoff_len": 8, **settings}, pretokenize={}, nodes=4))
        return counted(first)

    assert tokenizing(learning_rate=1.0) == tokenizing(learning_rate=2.0, bf16=True)
    assert tokenizing(packing=True) != tokenizing()


def test_what_tokenizes_runs_on_one_node_and_feeds_the_training() -> None:
    asked = {"gpus": 0, "slurm": {"time": "01:00:00"}}
    first, second = drafts(sft(nodes=4, gpus=4, slurm={"qos": "q"}, pretokenize=asked))

    assert (first.role, first.limits.nodes, first.limits.gpus) == ("pretokenize", 1, 0)
    assert (first.limits.time, first.options) == (3600, {"qos": "q"})
    assert (second.wants[0].input, second.wants[0].role) == ("TOKENIZED", "pretokenize")
    assert second.limits.nodes == 4


def test_several_processes_are_started_as_the_cluster_is_known_to() -> None:
    def launched(cluster: Cluster, **fields: Any) -> Any:  # noqa: ANN401
        [made] = training.stages(sft(**fields), cluster)
        return made.program.extra.get("launch", "plain")

    accelerating = replace(CLUSTER, launchers=("srun", "accelerate"))

    assert launched(CLUSTER, nodes=1, gpus=1) == "plain"
    assert launched(CLUSTER, nodes=1, gpus=4) == "torchrun"
    assert launched(accelerating, nodes=2) == "accelerate"


def test_megatron_core_asks_for_a_site_that_is_set_up_for_it() -> None:
    assert draft(sft({"use_mca": True})).program.extra["variant"] == "megatron"
    assert "variant" not in draft(sft()).program.extra


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"launcher": "script", "script": "t.py", "format": "chat"}, ["OT550"]),
        ({"launcher": "script"}, ["OT550"]),
        ({"script": "t.py"}, ["OT550"]),
        ({"overrides": {"push_to_hub": True}}, ["OT555"]),
        ({"overrides": {"save_strategy": "no"}, "attempts": 3}, ["OT556"]),
        ({"overrides": {"save_strategy": "no"}}, []),
        ({"overrides": {"save_steps": 100, "max_steps": 100}, "attempts": 3}, ["OT556"]),
        ({"overrides": {"save_steps": 99, "max_steps": 100}, "attempts": 3}, []),
        ({"overrides": {"save_steps": 0.5, "max_steps": 100}, "attempts": 3}, []),
        ({"overrides": {"max_steps": 500}, "attempts": 3}, ["OT556"]),
        ({"overrides": {"save_steps": 5000}, "attempts": 3}, []),
        ({"overrides": {"save_steps": "x", "max_steps": [1]}, "attempts": 3}, []),
        (
            {"overrides": {"save_strategy": "epoch", "num_train_epochs": 1}, "attempts": 3},
            ["OT556"],
        ),
        ({"overrides": {"save_strategy": "epoch"}, "attempts": 3}, []),
        ({}, []),
    ],
)
def test_what_no_launcher_could_do_is_told(fields: dict[str, Any], expected: list[str]) -> None:
    assert codes(sft(**fields)) == expected


def test_a_model_that_a_stage_makes_reaches_the_training_as_input() -> None:
    made = replace(
        sft(model="first"),
        references=(refers("datasets", "dataset.d"), refers("model", "training.first")),
    )

    assert {want.input for want in draft(made).wants} == {"DATASETS", "MODEL"}
    assert "OTPLAN_MODEL" not in draft(made).program.env
    assert draft(sft()).program.env["OTPLAN_MODEL"] == "org/m"
