"""Where the values of otplan's rows are in the tables of a project (schema/supabase/catalog)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that names a row of another table, and the column with its id."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: a value's column, and the `parameters` that hold all values without one.

    `references` are kept by name among the parameters, too. `made` is the column with the time of
    a row. `extra` are columns that a project's older tables may lack.
    """

    name: str
    parameters: str
    made: str
    columns: Mapping[str, str]
    references: Mapping[str, Reference]
    extra: Mapping[str, str]


TABLES: Mapping[str, Table] = {
    "datasets": Table(
        name="datasets",
        parameters="generation_parameters",
        made="creation_time",
        columns={
            "created_by": "created_by",
            "cluster": "creation_location",
            "location": "data_location",
            "started": "generation_start",
            "ended": "generation_end",
            "status": "generation_status",
            "type": "dataset_type",
            "rows": "num_tasks",
            "revision": "hf_commit_hash",
        },
        references={},
        extra={"job": "slurm_job_id"},
    ),
    "models": Table(
        name="models",
        parameters="training_parameters",
        made="creation_time",
        columns={
            "created_by": "created_by",
            "cluster": "creation_location",
            "location": "weights_location",
            "started": "training_start",
            "ended": "training_end",
            "status": "training_status",
            "type": "training_type",
            "wandb": "wandb_link",
            "traces": "traces_location_s3",
            "description": "description",
        },
        references={
            "agent": Reference("agent_id", "agents"),
            "base_model": Reference("base_model_id", "models"),
            "datasets": Reference("dataset_id", "datasets"),
        },
        extra={"job": "slurm_job_id", "datasets": "dataset_names"},
    ),
    "evals": Table(
        name="sandbox_jobs",
        parameters="config",
        made="created_at",
        columns={
            "name": "job_name",
            "user": "username",
            "started": "started_at",
            "ended": "ended_at",
            "commit": "git_commit_id",
            "version": "package_version",
            "trials": "n_trials",
            "repetitions": "n_rep_eval",
            "traces": "hf_traces_link",
            "metrics": "metrics",
            "status": "job_status",
        },
        references={
            "agent": Reference("agent_id", "agents"),
            "model": Reference("model_id", "models"),
            "benchmark": Reference("benchmark_id", "benchmarks"),
        },
        extra={"job": "slurm_job_id"},
    ),
}
"""In the order in which they must be written: each names rows of those before it."""

TIMES = frozenset({"started", "ended"})
"""Seconds here, points in time there; 0 is unknown, which is null there."""

MADE_WHEN_NAMED = frozenset({"agents", "benchmarks"})
"""Tables whose rows are a name and no more: one that is missing is made along with its reader."""
