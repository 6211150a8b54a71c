"""The kind `script`: any other program with declared inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.errors import Diagnostic
from otplan.kinds.program import draft
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program, finding

NAME = "script"
SECTION = "scripts"
TABLE = "results"


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the one stage that runs."""
    return (draft(resource, cluster, "run"),)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:  # noqa: ARG001
    """Return what is wrong with the program or its job, or that there is none, or two."""
    return (*_check_one(resource), *check_job(resource), *check_program(resource))


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the metrics it asks to be shown, or of all it left."""
    shown = resource.get("results", list(facts.metrics))
    metrics = {name: facts.metrics[name] for name in shown if name in facts.metrics}
    return row(resource, TABLE, facts, metrics=metrics)


def _check_one(resource: Resource) -> Iterator[Diagnostic]:
    script, command = resource.get("script"), resource.get("command")
    if script is None and command is None:
        message = "There is nothing to run: neither `script` nor `command` is there."
        mend = "Name a file with `script: run.py`, or write `command: [make, figures]`."
        yield finding(resource, "OT507", "", message, mend)
    if script is not None and command is not None:
        message = "Both `script` and `command` say what to run."
        yield finding(resource, "OT506", "command", message, "Keep one of them.")
