"""The kind `eval`: a model measured on a benchmark."""

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

NAME = "eval"
SECTION = "evals"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that evaluates."""
    told = {"benchmark": resource.get("benchmark")} | _open_model(resource)
    return (draft(resource, cluster, "evaluate", **told),)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:  # noqa: ARG001
    """Return what is wrong with the program or its job."""
    return (*check_job(resource), *check_program(resource))


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the measurement."""
    model = next(iter(facts.inputs.get("MODEL", ())), resource.get("model"))
    return row(
        resource,
        "evals",
        facts,
        model=model,
        benchmark=resource.get("benchmark"),
        metrics=dict(facts.metrics),
    )


def _open_model(resource: Resource) -> dict[str, str]:
    """Return a model that no resource here makes; one that is made reaches the program as input."""
    made = any(reference.path == "model" for reference in resource.references)
    return {} if made else {"model": resource.get("model")}
