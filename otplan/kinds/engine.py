"""The engine of a stage: the model it asks, what serves that, and the GPUs this takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.kinds.config import layered

LOCAL = "vllm_local"
"""The engine that the job serves itself."""

PROVIDERS = {
    LOCAL: "hosted_vllm",
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini_openai": "openai",
    "google_gemini": "gemini",
    "none": "",
}
"""What LiteLLM, and so Harbor, calls the provider of each engine."""

SCRIPT = frozenset(
    {
        "engine.healthcheck_interval",
        "backend",
        "chunk_array_max",
        *(
            f"vllm_server.{name}"
            for name in (
                *("num_replicas", "tensor_parallel_size", "pipeline_parallel_size"),
                *("data_parallel_size", "gpu_memory_utilization", "swap_space", "time_limit"),
                *("max_num_seqs", "endpoint_json_path", "disable_log_requests", "logging_level"),
            )
        ),
    }
)
"""What decides how a model is served, and not what it answers."""

_SIZES = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size", "num_replicas")
_NO_OPTION = frozenset(
    {
        *("model_path", "custom_model_name", "num_replicas", "data_parallel_size"),
        *("endpoint_json_path", "time_limit", "hf_overrides", "use_deep_gemm"),
        *("logging_level", "max_output_tokens", "extra_args"),
    }
)
_ATTEMPTS, _DELAY, _INTERVAL = 20, 30, 300
"""How often, how many seconds apart, and how often later: where a configuration says nothing."""
_GRAPH = {"submit_timeout": 86500, "get_timeout": 86500, "max_inflight_executions": None}
"""What the launcher before this one had (inventory, 5.2); Ray's own are seconds."""


@dataclass(frozen=True, slots=True)
class Topology:
    """How a model is spread over GPUs."""

    tensor: int = 1
    pipeline: int = 1
    data: int = 1
    replicas: int = 1

    @property
    def gpus(self) -> int:
        """Return how many GPUs that takes, over all nodes."""
        return self.tensor * self.pipeline * self.data * self.replicas


def engine(resource: Resource, prefix: str) -> Mapping[str, Value]:
    """Return the engine at a prefix; empty where there is none."""
    whole = layered(resource, f"{prefix}engine", f"{prefix}engine_overrides")
    serving = resource.get(f"{prefix}serving")
    made = any(reference.path == f"{prefix}model" for reference in resource.references)
    if not whole and (serving is not None or made):
        whole = {"engine": {"type": LOCAL}}
    if serving:
        whole = {**whole, "vllm_server": {**whole.get("vllm_server", {}), **serving}}
    return whole


def kind(values: Mapping[str, Value]) -> str:
    """Return the type of an engine."""
    told: str = values.get("engine", {}).get("type", "none")
    return told


def topology(values: Mapping[str, Value]) -> Topology:
    """Return how its server is spread; upstream wrote the sizes under `backend` as well."""
    below, told = values.get("backend", {}), values.get("vllm_server", {})
    return Topology(*(told.get(name) or below.get(name) or 1 for name in _SIZES))


def model(values: Mapping[str, Value]) -> str:
    """Return the name of the model that an engine calls; empty where it calls none."""
    server = values.get("vllm_server", {})
    named = values.get("engine", {}).get("model") or server.get("model_path") or ""
    return server.get("custom_model_name") or str(named)


def weights(values: Mapping[str, Value]) -> str:
    """Return the model whose weights an engine serves by itself; empty where it names none."""
    told = values.get("vllm_server", {}).get("model_path") or values["engine"].get("model")
    return str(told or "")


def server(
    values: Mapping[str, Value], loaded: str, served: str, nodes: int, *, tunnel: bool
) -> Mapping[str, Value]:
    """Return what the tool that serves a model is told: what is loaded, and its name there.

    Replicas are served as data-parallel ranks of one server, so that one address serves all.
    """
    told, backend = values.get("vllm_server", {}), values.get("backend", {})
    return {
        "model": loaded,
        "name": served,
        "options": list(_options(values)),
        "env": dict(_environment(told)) | dict(_graph(backend)),
        "ray": backend.get("type") == "ray",
        "nodes": nodes,
        "port": backend.get("api_port", 8000),
        "ray_port": backend.get("ray_port", 6379),
        "attempts": backend.get("healthcheck_max_attempts", _ATTEMPTS),
        "delay": backend.get("healthcheck_retry_delay", _DELAY),
        "interval": values["engine"].get("healthcheck_interval", _INTERVAL),
        "tunnel": tunnel,
    }


def _options(values: Mapping[str, Value]) -> Iterator[str]:
    """Yield the options of `vllm serve`; a key is the option of that name."""
    told, spread = values.get("vllm_server", {}), topology(values)
    sizes = {
        "tensor_parallel_size": spread.tensor,
        "pipeline_parallel_size": spread.pipeline,
        "data_parallel_size": spread.data * spread.replicas,
    }
    plain = {key: value for key, value in told.items() if key not in _NO_OPTION}
    for key, value in sorted((plain | {k: n for k, n in sizes.items() if n > 1}).items()):
        if value is None or value is False or (key in sizes and value == 1):
            continue
        yield f"--{key.replace('_', '-')}"
        if value is not True:
            yield str(value)
    if told.get("hf_overrides"):
        yield from ("--hf-overrides", json.dumps(told["hf_overrides"], sort_keys=True))
    yield from map(str, told.get("extra_args") or ())


def _environment(told: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    if told.get("use_deep_gemm") is not None:
        yield "VLLM_USE_DEEP_GEMM", str(int(bool(told["use_deep_gemm"])))
    if told.get("logging_level"):
        yield "VLLM_LOGGING_LEVEL", str(told["logging_level"])


def _graph(backend: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield how long Ray's compiled graphs wait: of pipelines over nodes, a step may take long."""
    if backend.get("type") != "ray":
        return
    for name, usual in _GRAPH.items():
        value = backend.get(f"ray_cgraph_{name}", usual)
        if value is not None:
            yield f"RAY_CGRAPH_{name}", str(value)
