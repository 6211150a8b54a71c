"""The kind `consolidation`: a training's shards put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Want
from otplan.errors import Diagnostic
from otplan.kinds.given import check_source, given
from otplan.kinds.program import draft, open_field
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program, finding

NAME = "consolidation"
SECTION = "consolidations"
TABLE = "models"
TOOL = "consolidate.py"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that consolidates, after shards that exist already."""
    made = draft(resource, cluster, "consolidate")
    if "script" not in resource.fields:
        env = {**open_field(resource, "base"), **made.program.env}
        made = replace(made, program=replace(made.program, env=env, tool=TOOL))
    if "source" not in resource.fields:
        return (made,)
    shards = Want("TRAINING", (resource.address,), "source")
    return given(resource, "model"), replace(made, wants=(shards, *made.wants))


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:  # noqa: ARG001
    """Return what is wrong with where its shards come from, with the program, or its job."""
    found = [*_check_shards(resource), *check_source(resource), *check_job(resource)]
    if "script" not in resource.fields and "args" in resource.fields:
        message = "`args` belong to a program of your own, and there is no `script`."
        found.append(finding(resource, "OT550", "args", message, "Remove them, or name a script."))
    return (*found, *check_program(resource))


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the model it made; its base is the training it read."""
    base = next(iter(facts.inputs.get("TRAINING", ())), "")
    return row(resource, TABLE, facts, base_model=base, metrics=dict(facts.metrics))


def _check_shards(resource: Resource) -> Iterator[Diagnostic]:
    if ("training" in resource.fields) == ("source" in resource.fields):
        message = "The shards are those of a training here, or exist already."
        mend = "Write one of the two, `training: <name>` or `source: {path: …}`."
        yield finding(resource, "OT557", "source", message, mend)
