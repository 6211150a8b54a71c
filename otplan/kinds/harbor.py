"""The Harbor job of a stage: a configuration with what the manifest says itself laid over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.kinds import engine as engines
from otplan.kinds.config import layered, merge

SERVED = "model"
"""What a server calls a model that another stage made: its name in the manifest decides nothing."""

SCRIPT = frozenset(
    {
        *("job_name", "jobs_dir", "debug", "quiet", "n_concurrent_trials", "datasets", "tasks"),
        *("orchestrator.n_concurrent_trials", "orchestrator.quiet", "environment.delete"),
        *("orchestrator.adaptive_concurrency", "retry", "orchestrator.retry"),
    }
)
"""What decides how trials are run, and not what comes of them."""

_FIELDS = {
    "agent": "agent.name",
    "agent_kwargs": "agent.kwargs",
    "agent_timeout": "agent.override_timeout_sec",
    "parser": "agent.kwargs.parser_name",
    "attempts_per_task": "n_attempts",
    "concurrency": "n_concurrent_trials",
    "environment": "environment.type",
    "verifier_timeout": "verifier.override_timeout_sec",
    "retries": "retry.max_retries",
    "sandbox.cpu": "environment.override_cpus",
    "sandbox.gpu": "environment.override_gpus",
}
"""Where a field of the manifest stands in a Harbor job."""

_MEBIBYTES = {
    "sandbox.memory_gb": "environment.override_memory_mb",
    "sandbox.disk_gb": "environment.override_storage_mb",
}

_MOVED = ("n_concurrent_trials", "quiet", "retry")
"""What Harbor 0.25 has at the top; before, `orchestrator` held it."""


def declared(resource: Resource, prefix: str) -> Mapping[str, Value]:
    """Return the configuration that is named, its one agent under `agent`."""
    whole = dict(layered(resource, f"{prefix}harbor", f"{prefix}harbor_overrides"))
    orchestrator = dict(whole.pop("orchestrator", None) or {})
    for key in _MOVED:
        if key in orchestrator:
            whole.setdefault(key, orchestrator.pop(key))
    if orchestrator:
        whole["orchestrator"] = orchestrator
    agents = whole.pop("agents", None) or [{}]
    return merge(whole, {"agent": merge(agents[0], whole.get("agent", {}))})


def job(resource: Resource, prefix: str, engine: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the whole job but for its tasks, its name and its folder, which the job puts in.

    Options of the agent: those of the configuration, below the engine's, below the manifest's.
    """
    whole = declared(resource, prefix)
    extra = engine.get("extra_agent_kwargs")
    if extra:
        whole = merge(whole, {"agent": {"kwargs": extra}})
    for path, value in _said(resource, prefix):
        whole = merge(whole, _nested(path, value))
    asked = model(resource, prefix, engine)
    agent = merge(whole["agent"], {"model_name": asked} if asked else {})
    return {key: value for key, value in whole.items() if key != "agent"} | {"agents": [agent]}


def model(resource: Resource, prefix: str, engine: Mapping[str, Value]) -> str:
    """Return the model as Harbor names it, with its provider; empty where an agent needs none."""
    provider = engines.PROVIDERS.get(engines.kind(engine), "") if engine else ""
    name = served(resource, prefix, engine)
    if not name or not provider or name.startswith(f"{provider}/"):
        return name
    return f"{provider}/{name}"


def served(resource: Resource, prefix: str, engine: Mapping[str, Value]) -> str:
    """Return what a server, or a provider, calls the model."""
    if any(reference.path == f"{prefix}model" for reference in resource.references):
        return SERVED
    named: str = resource.get(f"{prefix}model", "")
    return named or engines.model(engine)


def loaded(resource: Resource, prefix: str, engine: Mapping[str, Value]) -> str:
    """Return the model that a server loads: the declared one, else the engine's.

    Empty where another stage makes it: the job finds it as its input.
    """
    name = served(resource, prefix, engine)
    declared: str = resource.get(f"{prefix}model", "")
    return "" if name == SERVED else declared or engines.weights(engine)


def _said(resource: Resource, prefix: str) -> Iterator[tuple[str, Value]]:
    for field, path in _FIELDS.items():
        if (value := resource.get(f"{prefix}{field}")) is not None:
            yield path, value
    for field, path in _MEBIBYTES.items():
        if (value := resource.get(f"{prefix}{field}")) is not None:
            yield path, value * 1024
    if (verification := resource.get(f"{prefix}verification")) is not None:
        yield "verifier.disable", not verification


def _nested(path: str, value: Value) -> Mapping[str, Value]:
    for key in reversed(path.split(".")):
        value = {key: value}
    nested: Mapping[str, Value] = value
    return nested
