"""The kind `consolidation`: a training's shards put together."""

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

NAME = "consolidation"
SECTION = "consolidations"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that consolidates."""
    return (draft(resource, cluster, "consolidate"),)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:  # noqa: ARG001
    """Return what is wrong with the program or its job."""
    return (*check_job(resource), *check_program(resource))


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the model it made; its base is the training it read."""
    base = next(iter(facts.inputs.get("TRAINING", ())), "")
    return row(resource, "models", facts, base_model=base, metrics=dict(facts.metrics))
