"""The quickstart with the team's registry, from `init` to a plan that finds nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import Line, environment, line, sql

pytestmark = pytest.mark.services

# Evals that somebody else made of a model of ours: with ours, three answers of 1,000 rows.
MORE = """
    INSERT INTO benchmarks (name) SELECT :'others' || n FROM generate_series(1, 2100) AS n;
    INSERT INTO sandbox_jobs (job_name, username, package_version, n_trials, n_rep_eval, config,
        job_status, agent_id, model_id, benchmark_id)
    SELECT b.name, 'bob', '1', 3, 3, '{}', 'Finished', a.id, m.id, b.id
    FROM agents a, models m, benchmarks b
    WHERE a.name = 'none' AND m.name = :'name' AND starts_with(b.name, :'others')
"""
LESS = """
    DELETE FROM sandbox_jobs WHERE starts_with(job_name, :'others');
    DELETE FROM benchmarks WHERE starts_with(name, :'others')
"""


@pytest.fixture(scope="module")
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture(scope="module")
def keys(cut: Line) -> dict[str, Any]:
    """Return the environment of who may write, on a line that counts."""
    return environment() | {"SUPABASE_URL": cut.url}


@pytest.fixture(scope="module")
def workspace() -> str:
    return fresh()


@pytest.fixture(scope="module")
def quickstart(
    tmp_path_factory: pytest.TempPathFactory, keys: dict[str, Any], workspace: str
) -> Lab:
    """Return the quickstart in a workspace of its own, applied to the end."""
    lab = Lab(tmp_path_factory.mktemp("quickstart"))
    lab.prepare()
    lab("init", ".")
    catalog = "{created_by: us, type: SFT, agent: none}"
    said = f"workspace: {workspace}\nregistry: supabase\ncatalog: {catalog}"
    lab.edit("workspace: quickstart", said)
    lab.git("init", "-q")
    lab.commit()
    lab("plan", "manifest.yaml", **keys)
    lab("apply", "manifest.yaml", "--auto-approve", "--wait", **keys)
    return lab


def test_a_second_plan_finds_nothing_with_one_request_a_table_and_the_anon_key(
    quickstart: Lab, cut: Line, keys: dict[str, Any]
) -> None:
    del cut.asked[:]
    reader = keys | {"SUPABASE_SERVICE_ROLE_KEY": ""}

    said = quickstart("plan", "manifest.yaml", "--detailed-exitcode", **reader)

    assert "No changes. 10 done." in said.out
    assert f"registry {cut.url}" in said.out
    assert [path.removeprefix("/rest/v1/").partition("?")[0] for path in cut.asked] == [
        "rpc/otplan_read",
        "datasets",
        "models",
        "agents",
        "benchmarks",
        "sandbox_jobs",
    ]


def test_a_table_with_more_rows_than_an_answer_takes_one_request_a_page(
    quickstart: Lab, workspace: str, cut: Line, keys: dict[str, Any]
) -> None:
    named = {"name": f"{workspace}/consolidation.merged[order=3]", "others": f"{workspace}-other-"}
    assert sql(MORE, **named).stderr == ""
    del cut.asked[:]

    said = quickstart("plan", "manifest.yaml", "--detailed-exitcode", **keys)

    asked = Counter(path.partition("?")[0].rpartition("/")[2] for path in cut.asked)
    sql(LESS, **named)
    assert "No changes. 10 done." in said.out
    assert asked == {
        **dict.fromkeys(("otplan_read", "datasets", "models", "agents", "benchmarks"), 1),
        "sandbox_jobs": 3,
    }


def test_what_the_anon_key_may_not_do_is_told_with_the_policy(
    quickstart: Lab, keys: dict[str, Any]
) -> None:
    reader = keys | {"SUPABASE_SERVICE_ROLE_KEY": ""}

    said = quickstart("forget", "bits[order=3]", "-m", "manifest.yaml", code=1, **reader)

    assert 'policy "otplan_members_insert" for table "otplan_facts"' in said.err
    assert keys["SUPABASE_ANON_KEY"] not in said.err


def test_continue_finds_what_was_approved_by_its_url(
    quickstart: Lab, workspace: str, cut: Line, keys: dict[str, Any]
) -> None:
    said = quickstart("continue", workspace, "--state", cut.url, **keys)

    assert said.out.startswith("Nothing to do.")


def test_without_its_address_the_registry_is_asked_for(quickstart: Lab) -> None:
    said = quickstart("plan", "manifest.yaml", code=1)

    assert "on Supabase, and nothing says where that is" in said.err
    assert "SUPABASE_URL" in said.err


def test_without_a_key_the_key_is_asked_for(quickstart: Lab, keys: dict[str, Any]) -> None:
    url = keys["SUPABASE_URL"]

    said = quickstart("plan", "manifest.yaml", code=1, SUPABASE_URL=url)

    assert f"this is on the Supabase {url}, and no key is set" in said.err
    assert "SUPABASE_ANON_KEY" in said.err


def test_a_registry_that_does_not_answer_is_unknown_and_no_empty_one(
    quickstart: Lab, keys: dict[str, Any]
) -> None:
    with line() as closed:
        gone = keys | {"SUPABASE_URL": closed.url}

    said = quickstart("plan", "manifest.yaml", code=8, **gone)

    assert f"the registry {closed.url} cannot be asked now" in said.err
    assert "to submit" not in said.out


def test_keys_are_in_no_file_that_was_written(quickstart: Lab, keys: dict[str, Any]) -> None:
    secrets = [keys["SUPABASE_SERVICE_ROLE_KEY"].encode(), keys["SUPABASE_ANON_KEY"].encode()]

    files = [path for path in quickstart.root.rglob("*") if path.is_file()]

    holding = [path for path in files if any(key in path.read_bytes() for key in secrets)]
    assert len(files) > 50
    assert holding == []
