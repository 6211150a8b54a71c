"""Stages that work with a model: a tool of otplan runs them, and serves the model beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Where
from otplan.core.values import Value, leaves
from otplan.kinds import engine as engines
from otplan.kinds import harbor
from otplan.kinds.result import escaped

_BESIDE = ("beside.py", "model_server.py", "ray_nodes.py")
"""What every tool of such a stage imports."""

TRIALS = "trials.py"
"""The tool that runs Harbor."""

_SANDBOX = {"cpu": 1, "memory_gb": 1, "disk_gb": 3}
"""Sandboxes where a manifest says nothing: what the launcher before this one had."""

_COMPLETE = {"valid": 0.9, "errors": 0.1}
"""When an evaluation counts: the rule that the project audits its evaluations by."""


REMOTE = ("daytona", "modal", "e2b", "runloop")
"""Environments whose sandboxes are somebody else's machines."""


def generator(made: Draft, resource: Resource, prefix: str, cluster: Cluster) -> Draft:
    """Return a stage that makes tasks: a generator, told what every generator knows."""
    told = {name: resource.get(f"{prefix}{name}") for name in ("limit", "task_type")}
    sandbox = resource.get(f"{prefix}sandbox", {})
    more = {
        "generator": {key: value for key, value in told.items() if value is not None},
        "verification": resource.get(f"{prefix}verification", True),
        "sandbox": _SANDBOX | sandbox,
        "asked": list(sandbox),
        "part": resource.get(f"{prefix}part"),
    }
    served = _served(made, resource, prefix, cluster, more)
    program = replace(served.program, argv=made.program.argv, tool="generator.py")
    outputs = tuple(resource.get(f"{prefix}outputs", ("tasks",)))
    return replace(served, outputs=outputs, program=program)


def trials(made: Draft, resource: Resource, prefix: str, cluster: Cluster) -> Draft:
    """Return a stage in which Harbor runs trials: traces, or an evaluation."""
    more = {
        "harbor": harbor.job(resource, prefix, engines.engine(resource, prefix)),
        "traces": {
            "episodes": resource.get(f"{prefix}episodes", "last"),
            "filter": resource.get(f"{prefix}filter", "none"),
            "subagents": resource.get(f"{prefix}subagents", True),
        },
        "tolerate": resource.get(f"{prefix}tolerate", {}),
        "eval_only": resource.get(f"{prefix}eval_only", False),
        "complete": None if prefix else _COMPLETE | resource.get("complete", {}),
    }
    served = _served(made, resource, prefix, cluster, more)
    counts, asks = _counted(harbor.declared(resource, prefix), f"{prefix}harbor", harbor.SCRIPT)
    modules = (*_BESIDE, "outcome.py", "trial_rows.py")
    return replace(
        served,
        outputs=tuple(resource.get(f"{prefix}outputs", _usual(resource, prefix))),
        program=replace(served.program, tool=TRIALS, modules=modules),
        result={**served.result, **counts},
        script={**served.script, **asks},
    )


def measured(made: Draft, resource: Resource, cluster: Cluster) -> Draft:
    """Return a stage in which lm-evaluation-harness measures a model."""
    more = {"lm_eval": resource.get("lm_eval", {}), "tasks": resource.get("tasks")}
    served = _served(made, resource, "", cluster, more)
    return replace(served, program=replace(served.program, tool="lm_eval_tasks.py"))


def needs_server(resource: Resource, prefix: str) -> bool:
    """Tell whether the model of a prefix is served in the job itself."""
    return engines.kind(engines.engine(resource, prefix)) == engines.LOCAL


def asks_outside(resource: Resource, prefix: str) -> str:
    """Return what a stage reaches over the internet, in words; empty where nothing."""
    engine = engines.engine(resource, prefix)
    if engine and engines.kind(engine) not in (engines.LOCAL, "none"):
        return f"the API of {engines.kind(engine)}"
    job = harbor.declared(resource, prefix)
    place = resource.get(f"{prefix}environment", job.get("environment", {}).get("type"))
    if resource.get(f"{prefix}harbor") is not None and place in REMOTE:
        return f"the sandboxes of {place}"
    return "the tunnel to its model's server" if resource.get(f"{prefix}tunnel") else ""


def _usual(resource: Resource, prefix: str) -> tuple[str, ...]:
    """Return what Harbor's trials leave where nothing else is declared."""
    if resource.get(f"{prefix}eval_only"):
        return ("metrics.json",)
    return ("traces.jsonl",) if prefix else ("metrics.json", "traces.jsonl")


def _served(
    made: Draft, resource: Resource, prefix: str, cluster: Cluster, more: Mapping[str, Value]
) -> Draft:
    """Return a draft whose tool is told of the engine and, if it serves one, of its server."""
    engine, limits = engines.engine(resource, prefix), made.limits
    config: dict[str, Value] = {"engine": engine, **more}
    if needs_server(resource, prefix):
        if "gpus" not in resource.fields:
            limits = replace(limits, gpus=cluster.gpus or 0)
        tunnel = resource.get(f"{prefix}tunnel", False)
        loaded = harbor.loaded(resource, prefix, engine)
        name = harbor.served(resource, prefix, engine)
        config["server"] = engines.server(engine, loaded, name, limits.nodes, tunnel=tunnel)
    counts, asks = _counted(engine, f"{prefix}engine", engines.SCRIPT)
    program = replace(made.program, argv=(), config=config, modules=_BESIDE)
    if "server" in config and limits.nodes > 1:
        # The tool starts on every node: Ray's head is on the first, and the others join it.
        program = replace(program, extra={**program.extra, "launch": "srun"})
    if outside := asks_outside(resource, prefix):
        program = replace(program, extra={**program.extra, "internet": outside})
    return replace(
        made,
        where=Where.INTERNET if outside and not limits.gpus else made.where,
        limits=limits,
        program=program,
        result={**made.result, **counts},
        script={**made.script, **asks},
    )


def _counted(
    values: Mapping[str, Value], prefix: str, script: Iterable[str]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the leaves behind the result, and those behind the job, by dotted path."""
    result: dict[str, Value] = {}
    asked: dict[str, Value] = {}
    for path, leaf in leaves(escaped(values)) if values else ():
        (asked if any(_within(path, one) for one in script) else result)[f"{prefix}.{path}"] = leaf
    return result, asked


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")
