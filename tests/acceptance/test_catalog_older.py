"""A project whose tables are older than otplan: what they lack is put up with, row by row."""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.lab import Lab
from tests.acceptance.test_catalog import CATALOG, rows
from tests.conformance.supabase_lab import environment, sql
from tests.home_guard import ROOT

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

OLDER = (
    "ALTER TABLE sandbox_jobs DROP CONSTRAINT sandbox_jobs_agent_id_model_id_benchmark_id_key",
    "ALTER TABLE sandbox_jobs ALTER job_status DROP DEFAULT",
    "ALTER TABLE sandbox_jobs ALTER job_status TYPE text USING job_status::text",
    "DROP TYPE job_status_enum",
    "ALTER TABLE models DROP CONSTRAINT models_name_key",
    "ALTER TABLE models DROP COLUMN dataset_names",
    *(
        f"ALTER TABLE {table} DROP COLUMN slurm_job_id, DROP COLUMN otplan_workspace,"
        " DROP COLUMN otplan_address"
        for table in ("datasets", "models", "sandbox_jobs")
    ),
    "DROP TABLE sandbox_trial_model_usage, sandbox_trials, sandbox_benchmark_tasks, sandbox_tasks",
    "NOTIFY pgrst, 'reload schema'",
)
TRIAL = {
    "name": "t0__0",
    "uri": "file:///t0__0",
    "task": {
        "checksum": "1",
        "name": "t0",
        "path": "t0",
        "agent_timeout": 0,
        "verifier_timeout": 9,
    },
}
LINE = f"{json.dumps(TRIAL)}\n"
METRICS = {
    "accuracy": 0.5,
    "n_trials": 1,
    "trials_digest": f"sha256:{hashlib.sha256(LINE.encode()).hexdigest()}",
}
TRIED = f"""\
echo '{json.dumps(METRICS)}' >"$OTPLAN_OUTPUT/metrics.json"
echo '{json.dumps(TRIAL)}' >"$OTPLAN_OUTPUT/trials.jsonl"
"""
MORE = """\
  tried:
    model: small
    benchmark: tried
    script: tried.sh
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Lab]:
    """Return the miniature, applied to the end where the catalog's tables are older."""
    # PostgreSQL runs as a user of its own, and pytest's folders are closed to others.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setenv("OTPLAN_SUPABASE", f"{folder}/supabase")
        _supabase("up")
        lab = Lab(Path(folder, "lab"))
        patch.setenv("MINIATURE", str(lab.control))
        for name, value in environment().items():
            patch.setenv(name, value)
        altered = sql(*OLDER)
        assert altered.returncode == 0, altered.stderr
        lab.prepare()
        lab.make()
        lab.write("tried.sh", TRIED)
        lab.edit("workspace: miniature\n", f"workspace: older\nregistry: supabase\n{CATALOG}\n")
        lab.edit("datasets: [heldout]", "datasets: [heldout, pairs]")
        lab.write("manifest.yaml", lab.read() + MORE)
        lab.commit()
        lab.apply()
        yield lab
        lab.settle()
        _supabase("down")


def _supabase(verb: str) -> None:
    subprocess.run(
        [str(ROOT / "dev"), "supabase", verb],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def test_every_row_is_there_and_a_second_plan_finds_nothing(made: Lab) -> None:
    names = rows("SELECT name FROM models WHERE name LIKE 'older/%' ORDER BY 1")
    evals = rows("SELECT job_name, job_status FROM sandbox_jobs ORDER BY 1")

    assert [name for (name,) in names] == [
        "older/consolidation.merged[order=3]",
        "older/consolidation.merged[order=5]",
        "older/training.ngram[order=3]",
        "older/training.ngram[order=5]",
        "older/training.small",
    ]
    assert evals == [
        ["older/eval.bits[order=3]", "Finished"],
        ["older/eval.bits[order=5]", "Finished"],
        ["older/eval.tried", "Finished"],
    ]
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_what_has_no_column_is_among_the_parameters(made: Lab) -> None:
    model = rows(
        "SELECT training_parameters -> 'datasets', dataset_id,"
        " training_parameters -> 'otplan' ->> 'job' ~ '^[0-9]+$',"
        " training_parameters -> 'otplan' ->> 'address' FROM models"
        " WHERE name = 'older/training.small'"
    )

    datasets = '["older/dataset.heldout", "older/dataset.pairs"]'
    assert model == [[datasets, "", "t", "training.small"]]


def test_trials_without_tables_are_counted_in_the_row_of_their_eval(made: Lab) -> None:
    count = "SELECT config -> 'trial_rows' ->> 'count' FROM sandbox_jobs WHERE job_name = :'name'"

    assert rows(count, "older/eval.tried") == [["1"]]


def test_of_several_rows_of_one_identity_our_own_is_the_one_that_counts(made: Lab) -> None:
    rows(
        "INSERT INTO sandbox_jobs (job_name, username, package_version, n_trials, n_rep_eval,"
        " config, job_status, agent_id, model_id, benchmark_id) SELECT 'theirs', 'bob', '1', 1, 1,"
        " '{}', 'Started', agent_id, model_id, benchmark_id FROM sandbox_jobs"
        " WHERE job_name = 'older/eval.tried'"
    )
    rows("UPDATE sandbox_jobs SET n_rep_eval = 9 WHERE username = 'alice'")

    made("sync", "manifest.yaml")

    ours = rows("SELECT DISTINCT n_rep_eval FROM sandbox_jobs WHERE username = 'alice'")
    theirs = rows("SELECT job_status, n_rep_eval FROM sandbox_jobs WHERE username = 'bob'")
    assert (ours, theirs) == ([["1"]], [["Started", "1"]])
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_tables_that_came_later_get_the_trials(made: Lab) -> None:
    made("catalog", "migrate")
    sql("NOTIFY pgrst, 'reload schema'")

    planned = made("plan", "manifest.yaml", "--json").document["changes"]
    made("sync", "manifest.yaml")

    told = [each["label"] for each in planned if each["action"] == "catalog"]
    assert told == ["eval.tried/evaluate"]
    assert rows("SELECT trial_name FROM sandbox_trials") == [["t0__0"]]
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out
