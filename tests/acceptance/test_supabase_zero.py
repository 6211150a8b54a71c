"""A dataset without rows is no finished one: nobody is told so by the project's tables."""

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.acceptance.test_catalog import rows
from tests.conformance.registry_writers import fresh as fresh_name
from tests.conformance.supabase_lab import environment

pytestmark = [pytest.mark.services, pytest.mark.timeout(120)]

MANIFEST = """
otplan: 1
workspace: {workspace}
cluster: site
registry: supabase
catalog: {{created_by: us, type: SFT, agent: none}}
datasets:
  traces:
    generate: {{script: traces.sh, outputs: [data.parquet]}}
    repo: my-org/{workspace}
"""
TRACES = """\
#!/bin/sh
echo PAR1 >"$OTPLAN_OUTPUT/data.parquet"
echo '{"rows": 0}' >"$OTPLAN_OUTPUT/metrics.json"
"""
ROW = (
    "INSERT INTO datasets (name, created_by, creation_location, data_location,"
    " generation_parameters, generation_status, dataset_type, num_tasks)"
    " VALUES (:'name', 'bob', 'there', :'name', '{}', 'completed', 'SFT', 0)"
)
THERE = "SELECT created_by, generation_status, num_tasks FROM datasets WHERE name = :'name'"


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    return fresh_name()


def test_a_repo_that_was_published_without_rows_gets_no_row_and_is_told(
    fresh: Lab, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = f"my-org/{workspace}"
    with on_hub(fresh, monkeypatch) as hub:
        fresh.write("traces.sh", TRACES)
        fresh.make(MANIFEST.format(workspace=workspace))
        fresh.apply()

        planned = fresh("plan", "manifest.yaml")
        synced = fresh("sync", "manifest.yaml")

    assert ("dataset", repo) in hub.repos
    told = " ".join(planned.out.split())
    assert f"the catalog gets no row of dataset.traces: {repo} has no rows; mend" in told
    assert "otplan apply --resubmit dataset.traces" in told
    assert "written" not in synced.out
    assert rows(THERE, repo) == []


def test_a_row_that_says_completed_of_no_rows_is_not_believed(
    fresh: Lab, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = f"my-org/{workspace}"
    rows(ROW, repo)
    with on_hub(fresh, monkeypatch):
        fresh.write("traces.sh", TRACES)
        fresh.make(MANIFEST.format(workspace=workspace))

        planned = fresh.plan()
        rows("UPDATE datasets SET num_tasks = 3 WHERE name = :'name'", repo)
        believed = fresh.plan()

    assert planned["dataset.traces/generate"] == "submit"
    assert believed["dataset.traces/generate"] == "adopt"
    assert rows(THERE, repo) == [["bob", "completed", "3"]]
