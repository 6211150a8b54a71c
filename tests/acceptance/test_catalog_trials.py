"""The trials that Harbor ran in a job come to the catalog with the eval's row, and only once.

Harbor and the server of the model are stubs (tests/tools/stubs).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.acceptance.lab import Lab
from tests.acceptance.test_catalog import rows
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import Line, Refusal, environment, line
from tests.slurm.stub_jobs import ENGINE, JOB, stubbed

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

MANIFEST = """\
otplan: 1
workspace: NAME
cluster: site
registry: supabase
catalog: {created_by: us, type: SFT, username: alice, agent: terminus-2}
datasets:
  tasks:
    generate: {script: tasks.sh, outputs: [tasks]}
  traces:
    trace: {tasks: tasks, harbor: job.yaml, engine: engine.yaml, agent: openhands}
trainings:
  student:
    model: org/m
    datasets: [traces]
    script: train.sh
    outputs: [model]
evals:
  nl:
    model: student
    benchmark: my-org/nl
    inputs: {benchmark: tasks}
    harbor: job.yaml
    engine: engine.yaml
    attempts_per_task: 2
"""
TASKS = """\
for task in t0 t1 t2; do
    mkdir -p "$OTPLAN_OUTPUT/tasks/$task"
    echo >"$OTPLAN_OUTPUT/tasks/$task/task.toml"
    echo "solve $task" >"$OTPLAN_OUTPUT/tasks/$task/instruction.md"
done
"""
TRAIN = 'mkdir "$OTPLAN_OUTPUT/model"; echo "{}" >"$OTPLAN_OUTPUT/model/config.json"\n'

TRIALS = (
    "SELECT t.trial_name, t.reward::int, u.n_input_tokens,"
    " s.agent_timeout_sec, t.agent_execution_ended_at - t.started_at FROM sandbox_trials t"
    " JOIN sandbox_jobs j ON j.id = t.job_id JOIN sandbox_tasks s ON s.checksum = t.task_checksum"
    " JOIN sandbox_trial_model_usage u ON u.trial_id = t.id JOIN models m ON m.id = u.model_id"
    " WHERE j.job_name = :'name' ORDER BY 1"
)
GONE = (
    "WITH used AS (DELETE FROM sandbox_trial_model_usage u USING sandbox_trials t, sandbox_jobs j"
    " WHERE t.id = u.trial_id AND j.id = t.job_id AND j.job_name = :'name') SELECT 1"
)
ONE_GONE = (
    "DELETE FROM sandbox_trials t USING sandbox_jobs j WHERE j.id = t.job_id"
    " AND j.job_name = :'name' AND t.trial_name = 't1__0'"
)


@pytest.fixture(scope="module")
def workspace() -> str:
    return fresh()


@pytest.fixture(scope="module")
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, workspace: str, cut: Line) -> Iterator[Lab]:
    """Return a project whose model was measured, its rows in the tables."""
    lab = Lab(tmp_path_factory.mktemp("trials"))
    lab.prepare()
    jobs = stubbed(lab.control)
    site = {
        "scheduler": "local",
        "experiments_dir": str(lab.root / "site"),
        "python": sys.executable,
        "internet": "compute",
        "env": json.dumps(jobs),
    }
    (lab.folder / "clusters").mkdir()
    files = {
        "clusters/site.yaml": "".join(f"{name}: {text}\n" for name, text in site.items()),
        "tasks.sh": TASKS,
        "train.sh": TRAIN,
        "engine.yaml": ENGINE,
        "job.yaml": JOB,
    }
    for name, text in files.items():
        lab.write(name, text)
    lab.make(MANIFEST.replace("NAME", workspace))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (environment() | {"SUPABASE_URL": cut.url}).items():
            patch.setenv(name, value)
        lab.apply()
        yield lab
        lab.settle()


def test_each_trial_has_a_row_once_its_eval_is_finished(made: Lab, workspace: str) -> None:
    assert [each[:3] for each in rows(TRIALS, f"{workspace}/eval.nl")] == [
        [f"t{task}__{n}", str(int(task != 1)), "7"] for task in range(3) for n in range(2)
    ]


def test_traces_are_counted_and_name_the_agent_of_what_is_trained_on_them(
    made: Lab, workspace: str
) -> None:
    data = "SELECT num_tasks FROM datasets WHERE name = :'name'"
    model = "SELECT a.name FROM models m JOIN agents a ON a.id = m.agent_id WHERE m.name = :'name'"

    assert rows(data, f"{workspace}/dataset.traces") == [["3"]]
    assert rows(model, f"{workspace}/training.student") == [["openhands"]]


def test_a_second_plan_finds_nothing_with_one_request_a_table(made: Lab, cut: Line) -> None:
    del cut.asked[:]

    said = made("plan", "manifest.yaml", "--detailed-exitcode")

    asked = Counter(path.partition("?")[0].rpartition("/")[2] for path in cut.asked)
    assert "No changes." in said.out
    assert set(asked.values()) == {1}
    assert "sandbox_trials" not in asked


def test_the_metrics_of_an_eval_do_not_tell_the_digest(made: Lab, workspace: str) -> None:
    name = f"{workspace}/eval.nl"

    ((names,),) = rows(
        "SELECT string_agg(m ->> 'name', ' ') FROM sandbox_jobs, jsonb_array_elements(metrics) m"
        " WHERE job_name = :'name'",
        name,
    )

    assert "accuracy" in names
    assert "digest" not in names


def test_a_trial_that_was_deleted_is_told_and_written_again(made: Lab, workspace: str) -> None:
    name = f"{workspace}/eval.nl"
    for statement in (GONE, ONE_GONE):
        rows(statement, name)

    planned = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")

    assert "its row in evals says something else" in planned.out
    assert len(rows(TRIALS, name)) == 6
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_trials_that_are_there_are_not_read_again_for_another_column(
    made: Lab, workspace: str
) -> None:
    name = f"{workspace}/eval.nl"
    rows("UPDATE sandbox_jobs SET n_rep_eval = 9 WHERE job_name = :'name'", name)
    left = made.output("eval.nl/evaluate") / "trials.jsonl"
    kept = left.rename(left.with_name("kept"))

    synced = made("sync", "manifest.yaml")

    kept.rename(left)
    assert "eval.nl in evals   written to the catalog" in synced.out
    assert "its trials get no rows" not in synced.out
    assert rows("SELECT n_rep_eval FROM sandbox_jobs WHERE job_name = :'name'", name) == [["2"]]
    assert len(rows(TRIALS, name)) == 6


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "there is no "), ("{}\n", "is not what its job left there")],
)
def test_trials_that_cannot_be_had_are_told_and_nothing_is_made_up(
    made: Lab, workspace: str, content: str | None, why: str
) -> None:
    name = f"{workspace}/eval.nl"
    for statement in (GONE, ONE_GONE):
        rows(statement, name)
    left = made.output("eval.nl/evaluate") / "trials.jsonl"
    kept = left.rename(left.with_name("kept"))
    if content is not None:
        left.write_text(content)

    synced = made("sync", "manifest.yaml", code=6)

    kept.rename(left)
    told = " ".join((synced.out + synced.err).split())
    assert "its trials get no rows" in told
    assert why in told
    made("sync", "manifest.yaml")
    assert len(rows(TRIALS, name)) == 6


def test_a_database_without_their_tables_lacks_nothing(made: Lab, cut: Line) -> None:
    cut.refuses = {"trial_rows": Refusal("PGRST200"), "sandbox_tasks": Refusal("PGRST205")}

    said = made("plan", "manifest.yaml", "--detailed-exitcode")

    cut.refuses = {}
    assert "No changes." in said.out
