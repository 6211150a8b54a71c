"""What the project's experiments are expected to do when they are changed, or cannot be."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from otplan.core.stage import Stage
from tests.acceptance import examples
from tests.acceptance.lab import Lab

SLURM = sorted(
    path.stem
    for path in (Path(__file__).parents[2] / "clusters").glob("*.yaml")
    if "scheduler: slurm" in path.read_text()
)


@pytest.fixture
def project(fresh: Lab) -> Lab:
    return examples.prepare(fresh)


def added(project: Lab, name: str, old: str, new: str) -> list[Stage]:
    """Return the stages that a plan submits after an edit, where all was done before it."""
    examples.finish(project, name)
    assert set(examples.planned(project, name).values()) == {"keep"}
    project.edit(old, new, f"{name}.yaml")
    examples.pin(project, name)
    planned = examples.planned(project, name)
    return [one for one in examples.stages(project, name) if planned[one.label] != "keep"]


def kinds(stages: list[Stage]) -> Counter[str]:
    """Return how many stages of each kind there are, those that only move something apart."""
    moved = ("fetch", "publish")
    return Counter(stage.addresses[0].kind for stage in stages if stage.role not in moved)


def computes(stage: Stage) -> bool:
    """Tell whether a stage trains, serves a model, or is a script that asks for GPUs."""
    served = "server" in (stage.program.config or {})
    merges = stage.role == "consolidate"  # Its cluster gives memory by the GPU.
    return served or merges or stage.role in ("train", "pretokenize", "run")


def refused(project: Lab, name: str, old: str, new: str) -> str:
    """Return what is said of an edit that cannot be."""
    project.edit(old, new, f"{name}.yaml")
    said = project("lint", f"{name}.yaml", code=3)
    return " ".join((said.out + said.err).split())


def test_traces_wait_for_their_tasks(project: Lab) -> None:
    tasks, traces = (one for one in examples.stages(project, "01-nl2bash") if one.content)

    assert [need.fingerprint for need in traces.needs if need.input == "TASKS"] == [
        tasks.fingerprint
    ]


def test_a_generator_that_lacks_its_engine_is_told_so(project: Lab) -> None:
    engine = "      engine: glm_46_vllm_serve_tacc_ray_32k\n      limit: 200\n"

    said = refused(project, "01-nl2bash", engine, "      limit: 200\n")

    assert "OT574" in said
    assert "there is no `engine`" in said


def test_eight_campaigns_are_independent_and_a_ninth_is_one_more(project: Lab) -> None:
    whole = examples.stages(project, "02-glm-traces")
    traces = {stage.fingerprint for stage in whole if stage.role == "trace"}
    assert len(traces) == 8
    made = [stage for stage in whole if stage.content]
    assert not any(need.fingerprint in traces for stage in made for need in stage.needs)

    new = added(
        project, "02-glm-traces", "        - r2egym", "        - terminal-tasks\n        - r2egym"
    )

    assert kinds(new) == {"dataset": 1}


def test_chunks_are_an_array_and_the_join_waits_for_all_of_them(project: Lab) -> None:
    whole = {stage.role: stage for stage in examples.stages(project, "04-chunked-traces")}

    assert (whole["trace"].elements, whole["trace"].at_once) == (5, 5)
    assert [need.fingerprint for need in whole["join"].needs] == [whole["trace"].fingerprint]


def test_a_server_that_does_not_fit_its_nodes_is_refused(project: Lab) -> None:
    said = refused(project, "04-chunked-traces", "    nodes: 2\n", "    nodes: 1\n")

    assert "OT572" in said
    assert "takes 8 GPUs (TP 1, PP 2, DP 4), and 1 nodes of 4 have 4" in said


def test_a_second_student_of_the_same_repo_is_refused(project: Lab) -> None:
    said = refused(
        project,
        "05-sft-on-two-traces",
        '    slurm: {time: "24:00:00"}\n',
        '    matrix: {seed: [1, 2]}\n    overrides: {seed: "${matrix.seed}"}\n',
    )

    assert "OT564" in said
    assert "training.stackseq[seed=1] is published to `my-org/swesmith-stackseq` as well" in said


def test_data_is_brought_tokenized_trained_on_and_published_in_this_order(project: Lab) -> None:
    whole = examples.stages(project, "06-openthoughts2")

    model, *chain = whole
    assert model.role == "fetch-model"
    assert [stage.role for stage in chain] == ["fetch", "pretokenize", "train", "publish"]
    for before, after in [(model, chain[1]), (model, chain[2]), *pairwise(chain)]:
        assert before.fingerprint in {need.fingerprint for need in after.needs}


def test_a_batch_that_its_processes_do_not_divide_is_refused(project: Lab) -> None:
    (train,) = (s for s in examples.stages(project, "06-openthoughts2") if s.role == "train")
    settings = (train.program.config or {})["settings"]

    said = refused(project, "06-openthoughts2", "    nodes: 128\n", "    nodes: 96\n")

    assert 128 * 4 * settings["per_device_train_batch_size"] == 512
    assert settings["gradient_accumulation_steps"] == 1
    assert "512" in said
    assert "384" in said


def test_64_nodes_under_a_qos_for_more_are_refused(project: Lab) -> None:
    said = refused(project, "06-openthoughts2", "    nodes: 128\n", "    nodes: 64\n")

    assert "boost_qos_bprod" in said
    assert "65" in said


def test_a_sweep_is_24_trainings_and_a_learning_rate_makes_no_dataset_anew(project: Lab) -> None:
    assert kinds(list(examples.stages(project, "07-scale-sweep"))) == {"training": 24}

    new = added(
        project,
        "07-scale-sweep",
        "    attempts: 3\n",
        "    attempts: 3\n    overrides: {learning_rate: 3.0e-5}\n",
    )

    assert kinds(new) == {"training": 24}
    assert {stage.role for stage in new} == {"train"}


@pytest.mark.parametrize("cluster", [one for one in SLURM if one != "vista"])
def test_megatron_is_refused_where_a_cluster_has_none(cluster: str, project: Lab) -> None:
    said = refused(project, "10-megatron", "cluster: vista", f"cluster: {cluster}")

    assert "OT545" in said


def test_jobs_that_ask_an_api_have_no_gpus_and_go_to_nodes_without(project: Lab) -> None:
    told = examples.orders(project, "12-api-tasks")

    assert told.count("--partition=gg") == 3
    assert examples.asking_for_gpus(project, "12-api-tasks") == []


@pytest.mark.parametrize("name", examples.NAMES)
def test_only_jobs_that_train_or_serve_ask_for_gpus(name: str, project: Lab) -> None:
    # On vista a node is its GPU and no directive says so: another one is put in its place.
    path = project.folder / "clusters" / "vista.yaml"
    path.write_text(f"{path.read_text()}gpu_directive: gres\n")

    asking = examples.asking_for_gpus(project, name)

    assert asking == [one.label for one in examples.stages(project, name) if computes(one)]


def test_an_api_is_refused_where_nodes_have_no_internet(project: Lab) -> None:
    said = refused(project, "12-api-tasks", "cluster: vista", "cluster: frontier")

    assert "OT546" in said
    assert "needs the API of openai" in said


def test_a_model_is_measured_alike_before_and_after_its_reinforcement(project: Lab) -> None:
    evals = [
        {k: v for k, v in one.components.items() if k not in ("model", "input.MODEL")}
        for one in examples.stages(project, "13-openthinker-agent")
        if one.role == "evaluate"
    ]

    assert len(evals) == 2
    assert evals[0] == evals[1]


def test_a_teacher_more_is_a_dataset_a_training_and_three_evals(project: Lab) -> None:
    line = "        - openai_gpt-5.1-2025-11-13\n"

    new = added(project, "15-teacher-ablation", line, f"{line}        - gemini_api\n")

    assert kinds(new) == {"dataset": 1, "training": 1, "eval": 3}


def test_a_sweep_of_servers_is_sixteen_scripts(project: Lab) -> None:
    assert kinds(list(examples.stages(project, "16-serving-sweep"))) == {"script": 16}
