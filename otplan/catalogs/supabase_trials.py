"""The rows of an eval's trials: their tasks, the trials, and what each asked of the model.

A task is whoever's made its row first, and is never written again. A trial's id comes from that of
its eval and its own name, so that whoever writes it again writes the same row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid5

from otplan.catalogs.supabase_look import There, pages
from otplan.catalogs.supabase_rows import OWNER
from otplan.core.catalog import TRIAL_ROWS, CatalogRow
from otplan.core.trial import Task, Trial
from otplan.errors import Refused
from otplan.shell.postgrest import Service

if TYPE_CHECKING:
    from supabase import Client

Row: TypeAlias = dict[str, Any]

_BATCH = 500
"""Rows of one request."""

_PHASES = ("", "environment_setup_", "agent_setup_", "agent_execution_", "verifier_")
_TIMES = tuple(f"{phase}{end}_at" for phase in _PHASES for end in ("started", "ended"))

_LACKING = "invalid"
"""What is refused where a project's older database has no such table."""


def fill(service: Service, row: CatalogRow, trials: Sequence[Trial], there: There) -> None:
    """Write the rows of the trials of an eval that has its own; do nothing where tables lack.

    Trials that it had before stay, and are no longer its own.
    """
    eval_id = there.found[row.key][0]
    digest = row.values[TRIAL_ROWS]["digest"]
    owner = {"workspace": row.workspace, "address": row.address, "digest": digest}
    benchmark = str(row.values["benchmark"])
    try:
        _tasks(service, [trial.task for trial in trials], benchmark)
        _links(service, trials, benchmark, there.ids.of("benchmarks", benchmark))
        _upsert(service, "sandbox_trials", [_trial(eval_id, one, owner) for one in trials])
        _send(service, partial(_detached, eval_id, digest))
        model = there.ids.of("models", str(row.values["model"]))
        usage = [_usage(eval_id, one, model) for one in trials if _spent(one)]
        _upsert(service, "sandbox_trial_model_usage", usage)
    except Refused as refused:
        if refused.kind != _LACKING:
            raise


def _tasks(service: Service, tasks: Sequence[Task], benchmark: str) -> None:
    """Make the tasks that are not there; another state of one that is says which it is."""
    table, wanted = "sandbox_tasks", {task.checksum: _task(task, benchmark) for task in tasks}
    there = pages(service, table, "checksum", list(wanted), order="checksum")
    known = {one["checksum"] for one in there}
    missing = [task for checksum, task in wanted.items() if checksum not in known]
    for task in _taken(service, table, missing):
        which = f"{benchmark}@{task['checksum'].rpartition(':')[2][:12]}"
        _taken(service, table, [{**task, "source": which}])


def _links(service: Service, trials: Sequence[Trial], benchmark: str, id_: str | None) -> None:
    """Make known which tasks a benchmark has, where that is not."""
    table, wanted = "sandbox_benchmark_tasks", {trial.task.checksum for trial in trials}
    there = pages(service, table, "benchmark_id", [str(id_)], order="task_checksum")
    missing = sorted(wanted - {one["task_checksum"] for one in there})
    named = {"benchmark_id": id_, "benchmark_name": benchmark}
    _taken(service, table, [{**named, "task_checksum": checksum} for checksum in missing])


def _taken(service: Service, table: str, rows: Sequence[Row]) -> list[Row]:
    """Insert rows; return those whose place somebody took before."""
    found: list[Row] = []
    for some in _batches(rows):
        try:
            _send(service, partial(_inserted, table, some))
        except Refused as refused:
            if refused.kind != "taken":
                raise
            if len(some) == 1:
                found += some
            else:
                found += [one for each in some for one in _taken(service, table, [each])]
    return found


def _inserted(table: str, rows: Sequence[Row], client: Client) -> Any:  # noqa: ANN401 - a builder
    return client.table(table).insert(list(rows))


def _upserted(table: str, rows: Sequence[Row], client: Client) -> Any:  # noqa: ANN401 - a builder
    return client.table(table).upsert(list(rows))


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]


def _detached(eval_id: str, digest: str, client: Client) -> Any:  # noqa: ANN401 - a builder
    asked = client.table("sandbox_trials").update({"job_id": None}).eq("job_id", eval_id)
    return asked.neq(f"config->{OWNER}->>digest", digest)


def _upsert(service: Service, table: str, rows: Sequence[Row]) -> None:
    """Write rows by their primary keys."""
    for some in _batches(rows):
        _send(service, partial(_upserted, table, some))


def _send(service: Service, request: Any) -> None:  # noqa: ANN401 - a builder of the client
    service.ask(lambda client: service.rows(request(client).execute().data))


def _task(task: Task, benchmark: str) -> Row:
    return {
        "checksum": task.checksum,
        "source": benchmark,
        "name": task.name,
        "path": task.path,
        "git_url": task.git_url,
        "git_commit_id": task.git_commit,
        "agent_timeout_sec": task.agent_timeout,
        "verifier_timeout_sec": task.verifier_timeout,
    }


def _trial(eval_id: str, trial: Trial, owner: Mapping[str, str]) -> Row:
    return {
        **{column: trial.times.get(column) for column in _TIMES},
        "id": _id(eval_id, trial),
        "trial_name": trial.name,
        "trial_uri": trial.uri,
        "job_id": eval_id,
        "task_checksum": trial.task.checksum,
        "reward": trial.reward,
        "config": {OWNER: owner},
        "exception_info": {"exception_type": trial.error} if trial.error else None,
    }


def _usage(eval_id: str, trial: Trial, model: str | None) -> Row:
    return {
        "trial_id": _id(eval_id, trial),
        "model_id": model,
        "model_provider": trial.provider,
        "n_input_tokens": trial.input_tokens,
        "n_output_tokens": trial.output_tokens,
    }


def _spent(trial: Trial) -> bool:
    """Tell whether a trial says what it asked of a model."""
    return (trial.input_tokens, trial.output_tokens) != (None, None)


def _id(eval_id: str, trial: Trial) -> str:
    return str(uuid5(UUID(eval_id), trial.name))
