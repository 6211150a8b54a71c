"""What is published has its commit and its count in its row, and nothing is brought back."""

from collections.abc import Iterator

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.acceptance.test_catalog import rows
from tests.conformance.registry_writers import fresh as named
from tests.conformance.supabase_lab import environment
from tests.services.hub.store import Store

pytestmark = pytest.mark.services

MANIFEST = """
otplan: 1
workspace: NAME
cluster: site
registry: supabase
catalog: {created_by: us, type: SFT, agent: terminus-2, username: alice}
datasets:
  seeds:
    generate: {script: counted.sh, args: {step: seeds, rate: 1}}
    repo: my-org/NAME-seeds
trainings:
  small:
    model: Qwen/Qwen3-8B
    datasets: [seeds]
    script: counted.sh
    args: {step: small}
    repo: my-org/NAME-small
evals:
  bits:
    model: small
    benchmark: bits
    script: counted.sh
    args: {step: bits}
    repo: my-org/NAME-bits
"""
COUNTED = """\
#!/bin/sh
mkdir "$OTPLAN_OUTPUT/model"
echo 1 | tee "$OTPLAN_OUTPUT/model/model.safetensors" >"$OTPLAN_OUTPUT/data.jsonl"
echo '{"rows": 89, "accuracy": 0.5}' >"$OTPLAN_OUTPUT/metrics.json"
"""
DATASET = "SELECT hf_commit_hash, num_tasks, data_location FROM datasets WHERE name = :'name'"
MODEL = (
    "SELECT training_parameters ->> 'revision', 0, weights_location FROM models"
    " WHERE name = :'name'"
)
TRACES = "SELECT hf_traces_link FROM sandbox_jobs WHERE job_name = :'name'"


@pytest.fixture(scope="module")
def name() -> str:
    return named()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("published"))
    made.prepare()
    yield made
    made.settle()


@pytest.fixture(scope="module")
def hub(lab: Lab, name: str) -> Iterator[Store]:
    """Return a Hub that only the login node reaches, so that a test says when it is published."""
    with pytest.MonkeyPatch.context() as patch, on_hub(lab, patch, internet="login") as store:
        for variable, value in environment().items():
            patch.setenv(variable, value)
        lab.write("counted.sh", COUNTED)
        (lab.folder / "counted.sh").chmod(0o755)
        lab.make(MANIFEST.replace("NAME", name))
        lab.apply()
        yield store


def test_until_it_is_published_a_row_has_no_commit_and_says_where_it_was_made(
    lab: Lab, hub: Store, name: str
) -> None:
    ((commit, count, location),) = rows(DATASET, f"my-org/{name}-seeds")

    assert (commit, count) == ("", "89")
    assert location.startswith(str(lab.root))


def test_what_is_published_has_the_commit_that_was_verified_there(
    lab: Lab, hub: Store, name: str
) -> None:
    lab("sync", "manifest.yaml", "--publish")

    link = f"https://huggingface.co/datasets/my-org/{name}-bits/tree"
    traces = f"{link}/{newest(hub, 'dataset', f'my-org/{name}-bits')}"
    assert rows(TRACES, f"my-org/{name}-bits") == [[traces]]
    for kind, query in (("dataset", DATASET), ("model", MODEL)):
        repo = f"my-org/{name}-{'seeds' if kind == 'dataset' else 'small'}"
        ((commit, _, location),) = rows(query, repo)
        assert (commit, location) == (newest(hub, kind, repo), repo)
    assert "No changes." in lab("plan", "manifest.yaml", "--detailed-exitcode").out


def test_a_row_is_put_right_without_a_word_from_the_hub(lab: Lab, hub: Store, name: str) -> None:
    repo = f"my-org/{name}-seeds"
    rows("UPDATE datasets SET num_tasks = 1, hf_commit_hash = 'x' WHERE name = :'name'", repo)
    del hub.asked[:]

    lab("sync", "manifest.yaml")

    assert rows(DATASET, repo) == [[newest(hub, "dataset", repo), "89", repo]]
    assert [asked for asked in hub.asked if name in asked] == []


def test_what_was_made_anew_is_not_said_to_be_the_commit_of_before(
    lab: Lab, hub: Store, name: str
) -> None:
    repo = f"my-org/{name}-seeds"
    before = newest(hub, "dataset", repo)
    lab.edit("rate: 1", "rate: 2")

    lab.apply()
    meanwhile = rows(DATASET, repo)[0][0], rows(TRACES, f"my-org/{name}-bits")[0][0]
    lab("sync", "manifest.yaml", "--publish")

    assert meanwhile == ("", "")
    assert rows(DATASET, repo)[0][0] == newest(hub, "dataset", repo) != before


def newest(hub: Store, kind: str, repo: str) -> str:
    """Return the newest commit of a repo."""
    return hub.repos[kind, repo].commits[-1].oid
