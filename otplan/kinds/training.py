"""The kind `training`: a model trained on datasets."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.errors import Diagnostic
from otplan.kinds.program import draft
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program

NAME = "training"
SECTION = "trainings"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that trains."""
    return (draft(resource, cluster, "train", model=resource.get("model")),)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:  # noqa: ARG001
    """Return what is wrong with the program or its job."""
    return (*check_job(resource), *check_program(resource))


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the model it made."""
    return row(
        resource,
        "models",
        facts,
        base_model=resource.get("model"),
        datasets=list(facts.inputs.get("DATASETS", ())),
        metrics=dict(facts.metrics),
    )
