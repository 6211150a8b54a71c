"""Stages that work with a model: what their tool is told, and what counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.stage import Draft, Where
from otplan.kinds import KINDS
from tests.kinds.build import CLUSTER, codes, drafts, parsed, refers, resource

GLM = {
    "engine": {"type": "vllm_local", "model": "org/glm", "max_output_tokens": 8192},
    "backend": {"type": "ray", "healthcheck_max_attempts": 120, "healthcheck_retry_delay": 15},
    "vllm_server": {"tensor_parallel_size": 2, "pipeline_parallel_size": 2, "max_model_len": 9},
    "extra_agent_kwargs": {"temperature": 1.0, "max_episodes": 1},
}
API = {"engine": {"type": "openai", "model": "gpt-5-mini"}}
JOB = {
    "n_attempts": 1,
    "orchestrator": {"n_concurrent_trials": 16, "retry": {"max_retries": 2}},
    "environment": {"type": "daytona"},
    "agents": [{"name": "terminus-2", "kwargs": {"max_episodes": 8, "raw": True}}],
}
FILES = {"e.yaml": parsed("e.yaml", GLM), "a.yaml": parsed("a.yaml", API)}
FILES |= {"h.yaml": parsed("h.yaml", JOB)}
GENERATE = {"script": "g.py", "engine": "e.yaml"}
PART = {"index": "shard-index", "count": "num-shards"}
SITE = replace(CLUSTER, gpus=4, internet="compute")


def traced(**fields: Any) -> tuple[Draft, ...]:  # noqa: ANN401 - any field of it
    given = {"tasks": "tasks", "harbor": "h.yaml", "engine": "e.yaml", **fields}
    one = resource("dataset.d", {"trace": given}, files=FILES)
    return KINDS["dataset"].stages(one, SITE)


def trace(**fields: Any) -> Draft:  # noqa: ANN401 - any field of it
    (only,) = traced(**fields)
    return only


def evaluation(**fields: Any) -> tuple[Draft, ...]:  # noqa: ANN401 - any field of it
    given = {"model": "sft", "benchmark": "b", **fields}
    references = (refers("model", "training.sft"),)
    one = resource("eval.e", given, files=FILES, references=references)
    return KINDS["eval"].stages(one, SITE)


def config(made: Draft) -> Any:  # noqa: ANN401 - what a tool reads
    assert made.program.config is not None
    return made.program.config


def test_a_trace_runs_harbor_with_what_the_manifest_says_over_its_file() -> None:
    made = trace(agent="openhands", concurrency=4, environment="docker", verification=False)

    job = config(made)["harbor"]
    assert made.program.tool == "trials.py"
    assert made.outputs == ("traces.jsonl",)
    assert job["n_concurrent_trials"] == 4
    assert job["retry"] == {"max_retries": 2}
    assert job["environment"] == {"type": "docker"}
    assert job["verifier"] == {"disable": True}
    assert job["agents"][0]["name"] == "openhands"


def test_chunks_of_trials_are_joined_with_their_metrics() -> None:
    array, join = traced(chunks=3)

    assert (array.elements, array.outputs) == (3, ("traces.jsonl",))
    assert (join.program.tool, join.outputs) == ("join_chunks.py", ("traces.jsonl",))
    assert config(join) == {"outputs": ["traces.jsonl"], "trials": True}
    assert "join_chunks" not in str((join.result, join.script))


def test_the_agents_options_are_the_files_below_the_engines_below_the_manifests() -> None:
    made = trace(agent_kwargs={"temperature": 0.2})

    (agent,) = config(made)["harbor"]["agents"]
    assert agent["kwargs"] == {"max_episodes": 1, "raw": True, "temperature": 0.2}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "hosted_vllm/org/glm"),
        ({"engine": "a.yaml"}, "openai/gpt-5-mini"),
        ({"engine": "a.yaml", "model": "openai/other"}, "openai/other"),
    ],
)
def test_harbor_is_told_the_model_with_its_provider(fields: dict[str, Any], name: str) -> None:
    made = trace(**fields)

    assert config(made)["harbor"]["agents"][0]["model_name"] == name


def test_a_local_engine_is_served_and_an_api_is_not() -> None:
    local, api = trace(), trace(engine="a.yaml")

    served = config(local)["server"]
    assert served["options"] == [
        *("--max-model-len", "9", "--pipeline-parallel-size", "2", "--tensor-parallel-size", "2"),
    ]
    assert (served["attempts"], served["delay"], served["ray"]) == (120, 15, True)
    assert local.limits.gpus == 4
    assert "server" not in config(api)
    assert api.limits.gpus == 0


def test_a_server_on_ray_has_the_timeouts_of_its_pipelines() -> None:
    over = {"backend": {"ray_cgraph_get_timeout": 60, "ray_cgraph_max_inflight_executions": 4}}

    changed, usual = trace(engine_overrides=over), trace()

    assert config(usual)["server"]["env"] == {
        "RAY_CGRAPH_submit_timeout": "86500",
        "RAY_CGRAPH_get_timeout": "86500",
    }
    assert config(changed)["server"]["env"] == {
        "RAY_CGRAPH_submit_timeout": "86500",
        "RAY_CGRAPH_get_timeout": "60",
        "RAY_CGRAPH_max_inflight_executions": "4",
    }
    assert changed.result == usual.result


def test_replicas_are_ranks_of_one_server() -> None:
    over = {"vllm_server": {"num_replicas": 2, "data_parallel_size": 2, "extra_args": ["--x", 1]}}

    options = config(trace(engine_overrides=over))["server"]["options"]

    assert options[:2] == ["--data-parallel-size", "4"]
    assert options[-2:] == ["--x", "1"]


def test_how_it_is_served_asks_for_the_job_and_what_it_answers_makes_the_result() -> None:
    made = trace(concurrency=4)

    assert made.result["trace.engine.engine.model"] == "org/glm"
    assert made.result["trace.engine.vllm_server.max_model_len"] == 9
    assert made.result["trace.harbor.agent.kwargs.max_episodes"] == 8
    assert made.script["trace.engine.vllm_server.tensor_parallel_size"] == 2
    assert made.script["trace.harbor.n_concurrent_trials"] == 16
    assert made.script["trace.concurrency"] == 4
    assert not set(made.result) & set(made.script)


def test_a_generator_is_run_with_its_options_beside_its_engine() -> None:
    given = {"script": "g.py", "args": {"x": 1}, "engine": "e.yaml", "limit": 5, "task_type": "t"}
    one = resource("dataset.d", {"generate": given}, files=FILES)

    (made,) = KINDS["dataset"].stages(one, SITE)

    assert made.program.tool == "generator.py"
    assert made.program.argv == ("python3", "g.py", "--x", "1")
    assert config(made)["generator"] == {"limit": 5, "task_type": "t"}
    assert config(made)["sandbox"] == {"cpu": 1, "memory_gb": 1, "disk_gb": 3}
    assert made.outputs == ("tasks",)


def test_parts_of_a_generator_are_an_array_whose_tasks_are_put_into_one_folder() -> None:
    fields = {"generate": {**GENERATE, "chunks": 3, "part": PART}}

    array, join = KINDS["dataset"].stages(resource("dataset.d", fields, files=FILES), SITE)

    assert (array.elements, array.outputs, config(array)["part"]) == (3, ("tasks",), PART)
    assert (join.program.tool, config(join)) == (
        "join_chunks.py",
        {"outputs": ["tasks"], "trials": False},
    )


def test_a_script_alone_is_the_program_it_was() -> None:
    one = resource("dataset.d", {"generate": {"script": "g.py"}})

    (made,) = drafts(one)

    assert (made.program.tool, made.program.config) == ("", None)
    assert set(made.result) == {"generate.script"}


def test_an_eval_serves_the_model_that_was_trained_under_a_name_of_no_meaning() -> None:
    (made,) = evaluation(harbor="h.yaml", serving={"max_model_len": 32768})

    server = config(made)["server"]
    assert (server["model"], server["name"]) == ("", "model")
    assert server["options"] == ["--max-model-len", "32768"]
    assert config(made)["harbor"]["agents"][0]["model_name"] == "hosted_vllm/model"
    assert config(made)["complete"] == {"valid": 0.9, "errors": 0.1}
    assert made.outputs == ("metrics.json", "traces.jsonl")


@pytest.mark.parametrize(
    ("fields", "loaded"),
    [
        ({"model": "org/m", "serving": {"max_model_len": 9}}, "org/m"),
        ({"model": "org/m", "engine": "e.yaml"}, "org/m"),
        ({"model": "sft", "engine": "e.yaml"}, ""),
    ],
)
def test_an_eval_serves_the_model_it_names_and_never_the_one_of_its_engine(
    fields: dict[str, Any], loaded: str
) -> None:
    references = (refers("model", "training.sft"),) if fields["model"] == "sft" else ()
    given = {"benchmark": "b", "harbor": "h.yaml", **fields}
    one = resource("eval.e", given, files=FILES, references=references)

    (made,) = KINDS["eval"].stages(one, SITE)

    assert config(made)["server"]["model"] == loaded


def test_a_trace_serves_the_model_of_its_engine_unless_it_names_one() -> None:
    named, usual = trace(model="org/m"), trace()

    assert config(named)["server"]["model"] == "org/m"
    assert config(usual)["server"]["model"] == "org/glm"


def test_shards_are_an_array_whose_metrics_are_put_together() -> None:
    array, whole = evaluation(tasks=["a", "b", "c"], shards=2, gpus=4)

    assert (array.role, array.elements, array.program.tool) == ("measure", 2, "lm_eval_tasks.py")
    assert (whole.role, whole.program.tool) == ("evaluate", "merge_metrics.py")
    assert whole.wants[0].role == "measure"
    assert (array.limits.gpus, whole.limits.gpus) == (4, 0)
    assert "gpus" not in whole.script


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"trace": {"tasks": "t"}}, ["OT570"]),
        ({"trace": {"tasks": "t", "script": "t.py", "harbor": "h.yaml"}}, ["OT571"]),
        ({"trace": {"tasks": "t", "script": "t.py", "agent": "a"}}, ["OT574"]),
        ({"trace": {"tasks": "t", "harbor": "h.yaml"}}, ["OT578"]),
        ({"trace": {"tasks": "t", "harbor": "h.yaml", "agent": "oracle"}}, []),
        ({"trace": {"tasks": "t", "harbor": "h.yaml", "model": "openai/x"}}, []),
        ({"generate": {"script": "g.py", "limit": 5}}, ["OT574"]),
        ({"generate": {"script": "g.py", "engine": "e.yaml"}, "gpus": 4}, []),
        ({"generate": {**GENERATE, "chunks": 2}, "gpus": 4}, ["OT574"]),
        ({"generate": {**GENERATE, "chunks": 2, "part": PART}, "gpus": 4}, []),
        ({"generate": {**GENERATE, "part": PART}, "gpus": 4}, ["OT574"]),
        ({"generate": {"script": "g.py", "chunks": 2, "part": PART}}, ["OT574"]),
        ({"generate": {**GENERATE, "config": "h.yaml"}, "gpus": 4}, ["OT574"]),
        ({"generate": {"script": "g.py", "engine": "e.yaml"}, "gpus": 2}, ["OT572"]),
        ({"generate": {"script": "g.py", "engine": "e.yaml"}, "gpus": 2, "nodes": 2}, []),
        ({"generate": {"script": "g.py", "engine": "e.yaml"}, "gpus": 8}, ["OT572"]),
        ({"generate": {"script": "g.py", "engine": "a.yaml"}, "gpus": 1}, ["OT573"]),
        ({"generate": {"script": "g.py", "engine": "x.yaml"}}, ["OT575"]),
    ],
)
def test_what_cannot_be_is_found_before_anything_runs(
    fields: dict[str, Any], found: list[str]
) -> None:
    odd = {"x.yaml": parsed("x.yaml", {"engine": {"type": "steam"}})}

    assert codes(resource("dataset.d", fields, files=FILES | odd)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"agent": "openhands"}, ["OT576"]),
        ({"agent": "openhands", "tunnel": True}, []),
        ({"agent": "openhands", "environment": "docker"}, []),
        ({"agent": "terminus-2"}, []),
    ],
)
def test_an_agent_in_a_remote_sandbox_needs_a_way_to_the_model(
    fields: dict[str, Any], found: list[str]
) -> None:
    given = {"tasks": "t", "harbor": "h.yaml", "engine": "e.yaml", **fields}

    assert codes(resource("dataset.d", {"trace": given, "gpus": 4}, files=FILES)) == found


@pytest.mark.parametrize(
    ("given", "outside"),
    [
        ({}, "the sandboxes of daytona"),
        ({"environment": "apptainer"}, ""),
        ({"environment": "apptainer", "tunnel": True}, "the tunnel to its model's server"),
        ({"engine": "a.yaml", "environment": "docker"}, "the API of openai"),
        ({"engine": "a.yaml", "environment": "docker", "env": {"WANDB_MODE": "online"}}, "the API"),
        ({"environment": "docker", "env": {"WANDB_MODE": "online"}}, "W&B while it runs"),
        ({"environment": "docker", "env": {"WANDB_MODE": "offline"}}, ""),
    ],
)
def test_a_stage_says_what_it_reaches_over_the_internet(
    given: dict[str, Any], outside: str
) -> None:
    said = trace(**given).program.outside

    assert said.startswith(outside)
    assert bool(said) == bool(outside)


def test_a_job_without_gpus_that_asks_outside_goes_where_there_is_internet() -> None:
    assert trace(engine="a.yaml").where is Where.INTERNET
    assert trace().where is Where.COMPUTE


def test_there_are_no_more_shards_than_tasks() -> None:
    given = {"model": "m", "benchmark": "b", "tasks": ["a"], "shards": 2}

    assert codes(resource("eval.e", given)) == ["OT574"]
