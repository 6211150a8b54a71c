"""`otplan catalog add`: what exists and was never recorded gets a row, once."""

from pathlib import Path

import pytest

from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import environment, sql

pytestmark = pytest.mark.services

MODEL = (
    "base_model=Qwen/Qwen3-8B",
    "cluster=vista",
    "location=https://example.org/weights",
    "started=2026-11-01T12:00:00Z",
    "type=SFT",
)
EVAL = ("benchmark=by-hand", "trials=89", "repetitions=3", "version=harbor", "metrics.accuracy=0.5")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return a folder without a manifest, and somebody whose settings say who they are."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    own = tmp_path / "config" / "otplan"
    own.mkdir(parents=True)
    (own / "catalog.yaml").write_text("created_by: us\nagent: terminus-2\nusername: ada\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own.parent))
    made = Lab(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def name() -> str:
    return f"org/{fresh()}"


def test_a_model_gets_its_row(lab: Lab, name: str) -> None:
    said = lab("catalog", "add", "model", name, *MODEL, "traces=s3://bucket/traces")

    assert f"{name} was added to models" in said.out
    assert rows(
        "SELECT m.created_by, m.training_status, a.name, extract(epoch FROM m.training_start)::int,"
        " m.training_parameters ->> 'base_model', m.traces_location_s3"
        " FROM models m JOIN agents a ON a.id = m.agent_id"
        " WHERE m.name = :'name'",
        name,
    ) == [["us", "completed", "terminus-2", "1793534400", "Qwen/Qwen3-8B", "s3://bucket/traces"]]


def test_a_dataset_gets_its_row(lab: Lab, name: str) -> None:
    said = (f"location={name}", "cluster=vista", "type=RL", "rows=89", "revision=abc")

    lab("catalog", "add", "dataset", name, *said)

    assert rows(
        "SELECT created_by, dataset_type, num_tasks, hf_commit_hash, generation_status"
        " FROM datasets WHERE name = :'name'",
        name,
    ) == [["us", "RL", "89", "abc", "completed"]]


def test_an_eval_gets_its_row_once_its_model_has_one(lab: Lab, name: str) -> None:
    before = lab("catalog", "add", "eval", name, f"model={name}", *EVAL, code=1)
    lab("catalog", "add", "model", name, *MODEL)

    lab("catalog", "add", "eval", name, f"model={name}", *EVAL)

    assert "has no row" in before.err
    assert rows(
        "SELECT username, job_status, n_trials, metrics -> 0 ->> 'value' FROM sandbox_jobs"
        " WHERE job_name = :'name'",
        name,
    ) == [["ada", "Finished", "89", "0.5"]]


def test_a_row_that_is_there_is_not_written(lab: Lab, name: str) -> None:
    lab("catalog", "add", "model", name, *MODEL)

    again = lab("catalog", "add", "model", name, *MODEL, "description=better", code=1)

    assert "written by hand" in again.err
    assert rows("SELECT description FROM models WHERE name = :'name'", name) == [[""]]


def test_a_dry_run_shows_the_row_and_writes_none(lab: Lab, name: str) -> None:
    said = lab("catalog", "add", "model", name, *MODEL, "--dry-run")

    assert f"{name} would be added to models" in said.out
    assert "Qwen/Qwen3-8B" in said.out
    assert rows("SELECT name FROM models WHERE name = :'name'", name) == []


def test_who_may_not_write_is_told_the_policy(lab: Lab, name: str) -> None:
    said = lab("catalog", "add", "model", name, *MODEL, code=1, SUPABASE_SERVICE_ROLE_KEY="")

    assert 'policy "otplan_members_insert"' in said.err


@pytest.mark.parametrize(
    ("word", "why"),
    [("basemodel=x", "Did you mean `base_model`?"), ("base_model", "written as WORD=VALUE")],
)
def test_a_word_that_says_nothing_is_refused(lab: Lab, name: str, word: str, why: str) -> None:
    said = lab("catalog", "add", "model", name, word, code=64)

    assert why in said.err


def rows(statement: str, name: str) -> list[list[str]]:
    """Return the rows of a query, their columns as psql prints them."""
    done = sql(statement, name=name)
    assert done.returncode == 0, done.stderr
    return [line.split("|") for line in done.stdout.splitlines()]
