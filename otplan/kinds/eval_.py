"""The kind `eval`: a model measured on a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.catalog import TRIAL_ROWS, CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Limits, Program, Want
from otplan.errors import Diagnostic
from otplan.kinds.program import draft
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program
from otplan.kinds.serving import measured, trials
from otplan.kinds.serving_rules import check_model, check_shards, check_way

NAME = "eval"
SECTION = "evals"
TABLE = "evals"

_NOT_OF_A_MERGE = ("nodes", "gpus", "gpu_type", "cpus", "memory", "after")


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that evaluates."""
    told = {"benchmark": resource.get("benchmark")} | _open_model(resource)
    made = draft(resource, cluster, "evaluate", **told)
    if "harbor" in resource.fields:
        return (trials(made, resource, "", cluster),)
    if "tasks" not in resource.fields:
        return (made,)
    one = measured(made, resource, cluster)
    shards = resource.get("shards", 0)
    return (one,) if not shards else _sharded(one, resource, shards)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:
    """Return what is wrong with the program or its job, or with the model's server."""
    return (
        *check_job(resource),
        *check_program(resource),
        *check_way(resource, "", ("script", "harbor", "tasks")),
        *check_model(resource, "", cluster),
        *check_shards(resource),
    )


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the measurement."""
    values = {
        "model": next(iter(facts.inputs.get("MODEL", ())), resource.get("model")),
        "benchmark": resource.get("benchmark"),
        "metrics": dict(facts.metrics),
    }
    if digest := values["metrics"].pop("trials_digest", None):
        values[TRIAL_ROWS] = {"count": facts.metrics.get("n_trials", 0), "digest": digest}
    return row(resource, TABLE, facts, **values)


def _sharded(one: Draft, resource: Resource, shards: int) -> tuple[Draft, ...]:
    """Return the array that measures, and the stage that puts its metrics together."""
    array = replace(one, role="measure", elements=shards)
    whole = replace(
        one,
        template="eval.evaluate",
        wants=(Want("SHARDS", (resource.address,), array.role),),
        limits=Limits(time=one.limits.time),
        program=Program(env=one.program.env, tool="merge_metrics.py"),
        script={path: leaf for path, leaf in one.script.items() if path not in _NOT_OF_A_MERGE},
        after=(),
    )
    return array, whole


def _open_model(resource: Resource) -> dict[str, str]:
    """Return a model that no resource here makes; one that is made reaches the program as input."""
    made = any(reference.path == "model" for reference in resource.references)
    return {} if made else {"model": resource.get("model")}
