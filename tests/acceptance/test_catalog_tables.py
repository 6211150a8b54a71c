"""The project's tables are recognised, made where they are missing, and altered when asked to."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.lab import Lab
from tests.conformance.supabase_lab import environment, sql
from tests.home_guard import ROOT

pytestmark = pytest.mark.services

SCHEMA = ROOT / "schema" / "supabase"

OPEN = """
DO $$
DECLARE made text;
BEGIN
    FOR made IN
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT LIKE 'otplan%'
    LOOP
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', made);
    END LOOP;
END
$$
"""
"""What makes the tables that are there as a Supabase makes any: open to every key."""


@pytest.fixture
def project(tmp_path: Path) -> Lab:
    made = Lab(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def database() -> Iterator[str]:
    """Return the URL of a database with the registry's tables, beside the one that is served."""
    name = f"w{uuid4().hex[:12]}"
    sql(f"CREATE DATABASE {name}")
    made = sql(rf"\c {name}", rf"\i {SCHEMA / '0001_registry.sql'}")
    assert made.returncode == 0, made.stderr
    yield environment()["SUPABASE_DB_URL"].removesuffix("/postgres") + f"/{name}"
    sql(f"DROP DATABASE {name}")


@pytest.fixture
def upstream(database: str) -> str:
    """Return one with the tables of a project that is older than otplan, as it has them."""
    _run(
        database,
        rf"\i {SCHEMA / 'catalog' / '0001_tables.sql'}",
        OPEN,
        "ALTER TABLE sandbox_jobs DROP CONSTRAINT sandbox_jobs_agent_id_model_id_benchmark_id_key",
        "ALTER TABLE sandbox_jobs ALTER job_status DROP DEFAULT",
        "ALTER TABLE sandbox_jobs ALTER job_status TYPE text USING job_status::text",
        "DROP TYPE job_status_enum",
        "ALTER TABLE models DROP CONSTRAINT models_name_key",
        "ALTER TABLE models DROP COLUMN dataset_names",
    )
    return database


def test_an_empty_database_gets_all_of_it(project: Lab, database: str) -> None:
    found = project("catalog", "check", code=1, SUPABASE_DB_URL=database)

    made = project("catalog", "migrate", SUPABASE_DB_URL=database)
    again = project("catalog", "migrate", SUPABASE_DB_URL=database)

    assert "missing: table sandbox_jobs\n" in found.out
    assert found.out.endswith("\n\n  otplan catalog migrate\n")
    assert len(made.out.splitlines()) == len(list(SCHEMA.glob("catalog/0*.sql")))
    assert again.out == "nothing was missing\n"
    assert project("catalog", "check", SUPABASE_DB_URL=database).out == "nothing is missing\n"


def test_the_tables_of_an_older_project_are_recognised_and_left_alone(
    project: Lab, upstream: str
) -> None:
    before = _columns(upstream)

    found = project("catalog", "check", SUPABASE_DB_URL=upstream)
    made = project("catalog", "migrate", SUPABASE_DB_URL=upstream)

    assert made.out == "nothing was missing\n"
    assert _columns(upstream) == before
    for what in (
        "models has no column dataset_names: of several datasets, the names are in",
        "models may have several rows of one name: otplan writes one\n",
        "sandbox_jobs has no column slurm_job_id: the job is in config alone\n",
        "sandbox_jobs has no row-level security: every key writes what it was granted\n",
        "sandbox_jobs may have several rows of one agent_id, benchmark_id, model_id",
        "sandbox_jobs.job_status is text, which takes any word\n",
    ):
        assert f"as it is: {what}" in found.out
    assert "missing" not in found.out


def test_a_table_made_beside_older_ones_is_open_to_no_key_that_may_only_read(
    project: Lab, upstream: str
) -> None:
    _run(
        upstream,
        "DROP TABLE sandbox_trial_model_usage",
        # As every Supabase has it.
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated",
    )

    project("catalog", "migrate", SUPABASE_DB_URL=upstream)

    assert _closed(upstream) == ["sandbox_trial_model_usage"]


def test_without_the_registry_nothing_is_made_that_every_key_could_write(
    project: Lab, database: str
) -> None:
    _run(database, "DROP FUNCTION otplan_member CASCADE")

    said = project("catalog", "migrate", code=1, SUPABASE_DB_URL=database)

    assert "otplan registry migrate" in said.err
    assert _run(database, "SELECT to_regclass('datasets')") == "\n"


def test_they_are_altered_when_that_is_asked_for(project: Lab, upstream: str) -> None:
    _insert_dataset(upstream)
    _run(upstream, "ALTER TABLE datasets DROP COLUMN updated_at")

    project("catalog", "migrate", "--alter", SUPABASE_DB_URL=upstream)

    _run(upstream, "UPDATE datasets SET num_tasks = 1")
    assert len(_closed(upstream)) == 9
    found = project("catalog", "check", SUPABASE_DB_URL=upstream)
    told = [line for line in found.out.splitlines() if line.startswith("as it is")]
    assert [line for line in told if "rows of one" not in line] == [
        "as it is: sandbox_jobs.job_status is text, which takes any word"
    ]
    assert _run(upstream, "SELECT name, otplan_address FROM datasets") == "old|dataset.a\n"


def test_a_slurm_job_id_that_is_there_stays_as_it_is(project: Lab, upstream: str) -> None:
    _run(upstream, "ALTER TABLE sandbox_jobs ADD COLUMN slurm_job_id bigint")

    project("catalog", "migrate", "--alter", SUPABASE_DB_URL=upstream)

    assert "sandbox_jobs.slurm_job_id bigint\n" in _columns(upstream)


def test_a_status_that_cannot_say_what_otplan_does_is_mended_when_asked(
    project: Lab, database: str
) -> None:
    _run(
        database,
        "CREATE TYPE job_status_enum AS ENUM ('Started', 'Finished')",
        rf"\i {SCHEMA / 'catalog' / '0001_tables.sql'}",
    )

    found = project("catalog", "check", code=1, SUPABASE_DB_URL=database)
    project("catalog", "migrate", "--alter", SUPABASE_DB_URL=database)

    assert "missing: word Failed of sandbox_jobs.job_status\n" in found.out
    assert found.out.endswith("\n\n  otplan catalog migrate --alter\n")
    assert project("catalog", "check", SUPABASE_DB_URL=database).out == "nothing is missing\n"


def test_a_column_that_is_missing_is_named(project: Lab, upstream: str) -> None:
    _run(upstream, "ALTER TABLE models DROP COLUMN training_parameters")

    found = project("catalog", "check", code=1, SUPABASE_DB_URL=upstream)

    assert "missing: column models.training_parameters\n" in found.out


def test_without_the_url_of_the_database_nothing_is_compared(project: Lab) -> None:
    said = project("catalog", "check", code=64)

    assert "SUPABASE_DB_URL is not set" in said.err


def _closed(database: str) -> list[str]:
    """Return the catalog's tables into which the key of everybody may write nothing."""
    asked = """
        SELECT relname FROM pg_class AS one
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relrowsecurity
            AND relname NOT LIKE 'otplan%' AND EXISTS (
                SELECT FROM pg_policies
                WHERE tablename = relname AND permissive = 'RESTRICTIVE' AND cmd = 'INSERT'
                    AND with_check = 'otplan_member()'
            )
        ORDER BY 1
    """
    return _run(database, asked).split()


def _insert_dataset(database: str) -> None:
    _run(
        database,
        "INSERT INTO datasets (name, created_by, creation_location, data_location,"
        " generation_parameters, dataset_type) VALUES ('old', 'a', 'b', 'c',"
        """ '{"otplan": {"address": "dataset.a"}}', 'SFT')""",
    )


def _columns(database: str) -> str:
    return _run(
        database,
        "SELECT table_name || '.' || column_name || ' ' || data_type FROM"
        " information_schema.columns WHERE table_schema = 'public' ORDER BY 1",
    )


def _run(database: str, *statements: str) -> str:
    done = sql(rf"\c {database}", *statements)
    assert done.returncode == 0, done.stderr
    return done.stdout
