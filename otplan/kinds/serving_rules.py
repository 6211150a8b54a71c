"""What must hold where a stage works with a model: its engine, its server, and their GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.errors import Diagnostic, Severity
from otplan.kinds import engine as engines
from otplan.kinds import harbor
from otplan.kinds.config import named
from otplan.kinds.result import at
from otplan.kinds.rules import finding
from otplan.kinds.serving import REMOTE, needs_server

_OF_HARBOR = (
    *("harbor_overrides", "agent", "agent_kwargs", "parser", "attempts_per_task", "concurrency"),
    *("environment", "agent_timeout", "verifier_timeout", "retries", "tolerate", "episodes"),
    *("filter", "subagents", "eval_only", "complete"),
)
_OF_AN_ENGINE = ("engine_overrides", "input", "limit", "task_type", "sandbox", "verification")
_OUTSIDE = ("terminus", "terminus-1", "terminus-2", "oracle", "nop")
"""Agents that run beside Harbor and ask the model from there; all others ask from a sandbox."""


_ALONE = ("oracle", "nop")
"""Agents that ask no model."""


def check_way(resource: Resource, prefix: str, ways: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield that nothing says how the stage is run, or that two fields do."""
    fields = at(resource, prefix)
    said = [way for way in ways if way in fields]
    if not said:
        message = f"Nothing says how it is run: none of {_words(ways)} is there."
        yield finding(resource, "OT570", prefix[:-1], message, "Give it one of them.")
    for other in said[1:]:
        message = f"Both `{said[0]}` and `{other}` say how it is run."
        yield finding(resource, "OT571", f"{prefix}{other}", message, "Keep one of them.")


def check_model(resource: Resource, prefix: str, cluster: Cluster) -> Iterator[Diagnostic]:
    """Yield what is wrong with the engine of a prefix, and with what its server takes."""
    fields = at(resource, prefix)
    yield from _check_files(resource, prefix, fields)
    yield from _check_needless(resource, prefix, fields)
    yield from _check_generator(resource, prefix, fields)
    if not any(way in fields for way in ("engine", "harbor", "tasks")):
        return
    values = engines.engine(resource, prefix)
    if values and engines.kind(values) not in engines.PROVIDERS:
        message = f"`{engines.kind(values)}` is no type of engine."
        mend = f"An engine is {_words(tuple(engines.PROVIDERS))}."
        yield finding(resource, "OT575", f"{prefix}engine", message, mend)
    elif needs_server(resource, prefix):
        yield from _check_gpus(resource, prefix, values, cluster)
        yield from _check_reach(resource, prefix, fields)
    else:
        yield from _check_no_gpus(resource)
    yield from _check_asked(resource, prefix, fields, values)


def check_shards(resource: Resource) -> Iterator[Diagnostic]:
    """Yield that there are shards of nothing, or more of them than tasks."""
    shards, tasks = resource.get("shards"), resource.get("tasks", [])
    if shards is not None and shards > len(tasks):
        message = f"It has {shards} shards and {len(tasks)} tasks of lm-evaluation-harness."
        mend = "Name them with `tasks`, and have as many shards or fewer."
        yield finding(resource, "OT574", "shards", message, mend)


def _check_files(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    for field in ("engine", "harbor"):
        file = named(resource, fields.get(field, ""), parsed=True)
        if file and not isinstance(file.values, Mapping):
            message = f"{file.path} holds no mapping of settings."
            mend = "Write it as `name: value` lines, or name a preset."
            yield finding(resource, "OT508", f"{prefix}{field}", message, mend)


def _check_needless(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    """Yield fields that say something to a program that is not there."""
    needs = [(name, "harbor") for name in _OF_HARBOR]
    if prefix == "generate.":
        needs += [(name, "engine") for name in _OF_AN_ENGINE]
        needs += [("part", "engine"), ("part", "chunks")]
    if not prefix:
        needs += [(name, "tasks") for name in ("lm_eval", "shards")]
    for name, needed in needs:
        if name in fields and needed not in fields:
            message = f"`{name}` says something to nobody: there is no `{needed}`."
            mend = f"Add `{needed}`, or remove it."
            yield finding(resource, "OT574", f"{prefix}{name}", message, mend)


def _check_generator(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    """Yield what a generator cannot be told: it has its engine, and makes what it is asked for."""
    if prefix != "generate." or "engine" not in fields:
        return
    if "config" in fields:
        message = "A generator with an `engine` has no `config`."
        mend = "Its configuration is the engine; remove one of the two."
        yield finding(resource, "OT574", f"{prefix}config", message, mend)
    if "chunks" in fields and "part" not in fields:
        message = "Each chunk of a generator would make all of its tasks."
        mend = "Name its options for a part, as in part: {index: shard-index, count: num-shards}."
        yield finding(resource, "OT574", f"{prefix}chunks", message, mend)


def _check_gpus(
    resource: Resource, prefix: str, values: Mapping[str, Value], cluster: Cluster
) -> Iterator[Diagnostic]:
    spread, nodes = engines.topology(values), resource.get("nodes", 1)
    gpus = resource.get("gpus", cluster.gpus)
    if gpus is None or spread.gpus == nodes * gpus:
        return
    taken = f"TP {spread.tensor}, PP {spread.pipeline}, DP {spread.data}"
    taken += f", {spread.replicas} replicas" if spread.replicas > 1 else ""
    message = (
        f"The model's server takes {spread.gpus} GPUs ({taken}), "
        f"and {nodes} nodes of {gpus} have {nodes * gpus}."
    )
    mend = "Set `nodes` and `gpus`, or the sizes under `vllm_server`, so that both are equal."
    path = next((name for name in ("nodes", "gpus") if name in resource.fields), f"{prefix}engine")
    found = finding(resource, "OT572", path, message, mend)
    yield found if spread.gpus > nodes * gpus else replace(found, severity=Severity.WARNING)


def _check_asked(
    resource: Resource, prefix: str, fields: Mapping[str, Value], values: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    if "harbor" not in fields or "script" in fields:
        return
    (agent,) = harbor.job(resource, prefix, values)["agents"]
    if not agent.get("model_name") and agent.get("name") not in _ALONE:
        message = "Nothing says which model the agent asks."
        mend = "Name an `engine`, as in engine: glm_46_vllm_serve_131k, or a `model` of a provider."
        yield finding(resource, "OT578", f"{prefix}harbor", message, mend)


def _check_no_gpus(resource: Resource) -> Iterator[Diagnostic]:
    alone = not ({"generate", "trace"} <= set(resource.fields))
    if resource.get("gpus", 0) and alone:
        message = "It asks for GPUs, and its engine is not served in the job."
        mend = "Remove `gpus`; or name an engine of the type vllm_local."
        found = finding(resource, "OT573", "gpus", message, mend)
        yield replace(found, severity=Severity.WARNING)


def _check_reach(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    if "harbor" not in fields or fields.get("tunnel"):
        return
    job = harbor.job(resource, prefix, {})
    agent, place = job["agents"][0].get("name"), job.get("environment", {}).get("type")
    if agent and agent not in _OUTSIDE and place in REMOTE:
        message = f"The agent {agent} runs inside {place}'s sandboxes, which cannot reach the job."
        mend = "Set `tunnel: true`, or take an agent that runs beside Harbor, as terminus-2."
        yield finding(resource, "OT576", f"{prefix}harbor", message, mend)


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
