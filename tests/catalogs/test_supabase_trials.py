"""The trials of an eval get rows of their own on Supabase, once, and nobody else's are touched."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from otplan.catalogs.supabase import SupabaseCatalog
from otplan.core.catalog import TRIAL_ROWS, CatalogKey, CatalogRow, of_eval
from otplan.core.trial import Task, Trial
from otplan.errors import Refused
from otplan.shell.keys import session
from otplan.shell.postgrest import Service
from tests.catalogs.test_supabase_conformance import DEMANDED
from tests.conformance.supabase_lab import Refusal, environment, line, sql

pytestmark = pytest.mark.services

OWNER = "id-of-ours"


@pytest.fixture
def name() -> str:
    """Return the name of a model, of a benchmark, and of what else is this test's own."""
    return f"t-{uuid4().hex[:8]}"


def opened(url: str = "") -> SupabaseCatalog:
    return SupabaseCatalog(Service("catalog", session(environment(), url), pauses=(0.0, 0.0)))


def key(name: str) -> CatalogKey:
    return CatalogKey("evals", of_eval("terminus-2", name, name))


def measured(name: str, digest: str = "sha256:1", count: int = 4) -> CatalogRow:
    values = {
        "name": name,
        "user": "us",
        "version": "1",
        "trials": count,
        "repetitions": 2,
        "agent": "terminus-2",
        "model": name,
        "benchmark": name,
        "status": "Finished",
        TRIAL_ROWS: {"count": count, "digest": digest},
    }
    return CatalogRow(key(name), values, OWNER, "eval.e", "v1:a")


def tried(name: str, run: str = "a", state: str = "1") -> list[Trial]:
    """Return two attempts at each of two tasks; the last broke before it asked anything."""
    tasks = [Task(f"{name}-{state}-{n}", f"task-{n}", f"task-{n}", 0, 600) for n in range(2)]
    made = [
        Trial(
            name=f"{task.name}__{run}{n}",
            uri=f"file:///trials/{task.name}__{n}",
            task=task,
            times={"started_at": "2026-11-01T12:00:00Z"},
            reward=float(n),
            provider="hosted_vllm",
            input_tokens=7,
            output_tokens=3,
        )
        for task in tasks
        for n in range(2)
    ]
    broken = replace(made[-1], reward=None, error="DaytonaError", input_tokens=None)
    return [*made[:-1], replace(broken, output_tokens=None)]


def written(
    name: str, trials: Sequence[Trial], digest: str = "sha256:1", at: str = ""
) -> CatalogRow:
    """Write a model and an eval of it with these trials; return the eval's row as it is then."""
    model = CatalogRow(CatalogKey("models", name), DEMANDED["models"], OWNER)
    row = measured(name, digest, len(trials))
    opened(at).write([model, row], {row.key: trials})
    there = opened().read([row.key])[row.key]
    assert there is not None
    return there


def rows(query: str, name: str) -> list[list[str]]:
    done = sql(query, name=name)
    assert done.returncode == 0, done.stderr
    return [each.split("|") for each in done.stdout.splitlines()]


TRIALS = (
    "SELECT t.trial_name, t.reward, t.exception_info ->> 'exception_type', s.name,"
    " s.source = :'name'"
    " FROM sandbox_trials t JOIN sandbox_jobs j ON j.id = t.job_id JOIN sandbox_tasks s"
    " ON s.checksum = t.task_checksum WHERE j.job_name = :'name' ORDER BY 1"
)
USAGE = (
    "SELECT count(*), sum(n_input_tokens), sum(n_output_tokens), min(u.model_provider)"
    " FROM sandbox_trial_model_usage u JOIN models m ON m.id = u.model_id WHERE m.name = :'name'"
)
TASKS = (
    "SELECT s.name, s.source FROM sandbox_benchmark_tasks l JOIN sandbox_tasks s"
    " ON s.checksum = l.task_checksum WHERE l.benchmark_name = :'name' ORDER BY 1, 2"
)


def test_each_trial_has_a_row_with_its_task_and_what_it_asked_of_the_model(name: str) -> None:
    there = written(name, tried(name))

    assert rows(TRIALS, name) == [
        ["task-0__a0", "0", "", "task-0", "t"],
        ["task-0__a1", "1", "", "task-0", "t"],
        ["task-1__a0", "0", "", "task-1", "t"],
        ["task-1__a1", "", "DaytonaError", "task-1", "t"],
    ]
    assert rows(USAGE, name) == [["3", "21", "9", "hosted_vllm"]]
    assert rows(TASKS, name) == [["task-0", name], ["task-1", name]]
    assert not measured(name).differing(there)


def test_written_twice_they_are_there_once(name: str) -> None:
    written(name, tried(name))
    before = rows("SELECT id FROM sandbox_trials WHERE task_checksum LIKE :'name' || '%'", name)

    written(name, tried(name))

    after = rows("SELECT id FROM sandbox_trials WHERE task_checksum LIKE :'name' || '%'", name)
    assert sorted(after) == sorted(before)
    assert rows(USAGE, name) == [["3", "21", "9", "hosted_vllm"]]


def test_an_eval_of_which_trials_are_gone_does_not_say_that_they_are_there(name: str) -> None:
    written(name, tried(name))
    rows(
        "WITH gone AS (DELETE FROM sandbox_trial_model_usage u USING models m WHERE m.id ="
        " u.model_id AND m.name = :'name') SELECT 1",
        name,
    )
    rows("DELETE FROM sandbox_trials WHERE task_checksum = :'name' || '-1-0' RETURNING 1", name)

    there = opened().read([key(name)])[key(name)]

    assert there is not None
    assert measured(name).differing(there) == (TRIAL_ROWS,)


def test_a_task_that_somebody_made_a_row_of_stays_as_it_is(name: str) -> None:
    rows(
        "INSERT INTO sandbox_tasks (checksum, source, name, instruction, agent_timeout_sec,"
        " verifier_timeout_sec, path) VALUES (:'name' || '-1-0', :'name' || 's', 'x',"
        " 'do', 1, 2, 'p')",
        name,
    )

    written(name, tried(name))

    assert rows(TASKS, name) == [["task-1", name], ["x", f"{name}s"]]


def test_another_state_of_a_task_is_another_task(name: str) -> None:
    written(name, tried(name))
    other = replace(measured(name), key=key(name))

    opened().write([other], {other.key: tried(name, state="2")})

    assert rows(TASKS, name) == [
        ["task-0", name],
        ["task-0", f"{name}@{name}-2-"[: len(name) + 13]],
        ["task-1", name],
        ["task-1", f"{name}@{name}-2-"[: len(name) + 13]],
    ]


def test_what_was_tried_before_stays_and_is_no_longer_this_evals(name: str) -> None:
    written(name, tried(name, "a"))

    written(name, tried(name, "b"), digest="sha256:2")

    assert [each[0][:9] for each in rows(TRIALS, name)] == [
        "task-0__b",
        "task-0__b",
        "task-1__b",
        "task-1__b",
    ]
    count = "SELECT count(*) FROM sandbox_trials WHERE task_checksum LIKE :'name' || '%'"
    assert rows(count, name) == [["8"]]


def test_more_trials_than_one_request_holds_are_all_written(name: str) -> None:
    one = tried(name)[0]

    there = written(name, [replace(one, name=f"{one.name}-{n}") for n in range(1234)])

    assert there.values[TRIAL_ROWS]["count"] == 1234
    assert rows(USAGE, name)[0][0] == "1234"


def test_an_eval_says_that_its_trials_are_there_only_after_the_last_of_them(name: str) -> None:
    with line() as cut:
        cut.refuses = {
            "trial_rows": Refusal("PGRST200"),
            "sandbox_trial_model_usage": Refusal("42501"),
        }

        with pytest.raises(Refused, match="refused this"):
            written(name, tried(name), at=cut.url)
        there = opened(cut.url).read([key(name)])[key(name)]

    assert there is not None
    assert measured(name).differing(there) == (TRIAL_ROWS,)


def test_where_an_older_database_has_no_such_tables_the_eval_has_its_row_all_the_same(
    name: str,
) -> None:
    written(name, [])
    with line() as cut:
        cut.refuses = {
            "/rest/v1/sandbox_tasks": Refusal("PGRST205"),
            "trial_rows": Refusal("PGRST200"),
        }

        there = written(name, tried(name), digest="sha256:2", at=cut.url)
        read = opened(cut.url).read([key(name)])[key(name)]

    assert read is not None
    assert read.values[TRIAL_ROWS] == {"count": 4, "digest": "sha256:2"}
    assert there.values[TRIAL_ROWS] is None
