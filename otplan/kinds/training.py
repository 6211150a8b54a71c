"""The kind `training`: a model trained on datasets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.errors import Diagnostic
from otplan.kinds import llamafactory
from otplan.kinds.launcher_rules import check_launcher
from otplan.kinds.program import draft, open_field
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program
from otplan.kinds.watching import check_watched, watched

NAME = "training"
SECTION = "trainings"
TABLE = "models"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that trains, or those that train with LLaMA-Factory."""
    *before, train = _stages(resource, cluster)
    return (*before, watched(train, resource, cluster))


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:
    """Return what is wrong with the program, its settings, its run of W&B, or its job."""
    *_, train = stages(resource, cluster)
    return (
        *check_launcher(resource),
        *check_watched(resource, train),
        *check_job(resource),
        *check_program(resource),
    )


def _stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    if resource.get("launcher") == llamafactory.LAUNCHER:
        return llamafactory.stages(resource, cluster)
    made = draft(resource, cluster, "train")
    env = {**made.program.env, **open_field(resource, "model")}
    return (replace(made, program=replace(made.program, env=env)),)


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the model it made."""
    return row(
        resource,
        TABLE,
        facts,
        base_model=resource.get("model"),
        datasets=list(facts.inputs.get("DATASETS", ())),
        metrics=dict(facts.metrics),
        **({"wandb": facts.wandb} if facts.wandb else {}),
    )
