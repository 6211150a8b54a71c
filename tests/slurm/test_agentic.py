"""Experiment 11 with the project's tables, a real Slurm and a Hub: what is there is not made again.

The model's server and Harbor are stubs (tests/tools/stubs).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import environment, sql
from tests.services.hub.server import running
from tests.services.hub.store import OWNER, Store
from tests.slurm.site import Site
from tests.slurm.stub_jobs import stubbed

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

ORG = fresh()
BENCHMARKS = {
    "dev": "dev_set_v2",
    "tb2": "terminal_bench_2",
    "swebench": "swebench-verified-random-100-folders",
}
EVALS = {
    f"eval.{name}[model={model}]/evaluate": (f"{ORG}/{model}", benchmark)
    for name, benchmark in BENCHMARKS.items()
    for model in ("nl2bash-sft", "swesmith-stackseq", "openthinker-agent")
}
MINE, GONE, THEIRS, *FINISHED = EVALS
"""Two that nobody measured yet, one that bob has started, and those that he has finished."""

CATALOG = "registry: supabase\ncatalog: {created_by: us, type: SFT, username: alice}"
AGENT = "INSERT INTO agents (name) VALUES ('terminus-2') ON CONFLICT DO NOTHING"
BENCHMARK = "INSERT INTO benchmarks (name) VALUES (:'name') ON CONFLICT DO NOTHING"
MODEL = (
    "INSERT INTO models (name, created_by, creation_location, weights_location, training_start,"
    " training_parameters, training_status, agent_id) SELECT :'name', 'us', 'x', :'name',"
    " now(), '{}', 'completed', id FROM agents WHERE name = 'terminus-2'"
)
MEASURED = (
    "INSERT INTO sandbox_jobs (job_name, username, package_version, n_trials, n_rep_eval, config,"
    " metrics, job_status, agent_id, model_id, benchmark_id) SELECT 'tb2', 'bob', '1', 3, 3, '{}',"
    """ '[{"name": "accuracy", "value": 0.5}]', :'status', a.id, m.id, b.id"""
    " FROM agents a, models m, benchmarks b"
    " WHERE a.name = 'terminus-2' AND b.name = :'benchmark' AND m.name = :'model'"
)
STATUS = (
    "SELECT j.job_status FROM sandbox_jobs j JOIN models m ON m.id = j.model_id"
    " JOIN benchmarks b ON b.id = j.benchmark_id WHERE m.name = :'model' AND b.name = :'benchmark'"
)


def stocked() -> Store:
    """Return a Hub that has the tasks and models of the experiment, which the tables know, too."""
    store = Store()
    rows(AGENT)
    for benchmark in BENCHMARKS.values():
        store.put("dataset", f"my-benchmarks/{benchmark}", {"tasks/t0/task.toml": b"\n"})
        rows(BENCHMARK, name=benchmark)
    for model in sorted({model for model, _ in EVALS.values()}):
        store.put("model", model, {"config.json": b"{}", "model.safetensors": b"w"})
        rows(MODEL, name=model)
    return store


@pytest.fixture
def evals(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return the experiment, of an organisation of its own, on a Hub that has all it reads."""
    store = stocked()
    shutil.copytree(EXAMPLES, site.folder, dirs_exist_ok=True)
    with running(store) as url:
        hub = {"HF_ENDPOINT": url, "HF_TOKEN": OWNER, "HF_HUB_DISABLE_XET": "1"}
        for name, value in (environment() | hub).items():
            monkeypatch.setenv(name, value)
        told = json.dumps(stubbed(site.control))
        facts = {"python": sys.executable, "internet": "compute", "env": told}
        secrets = site.root / "secrets"
        secrets.touch(0o600)
        secrets.write_text("".join(f"export {name}={value}\n" for name, value in hub.items()))
        text = (EXAMPLES / "11-agentic-evals.yaml").read_text()
        # Of these names only one may be written to by who the token is of.
        text = text.replace("repo: ${var.org}/traces", "repo: my-org/${var.org}-traces")
        site.make(text, gpus="4", secrets=str(secrets), **facts)
        site.edit("workspace: agentic-evals\n", f"workspace: {ORG}\n{CATALOG}\n")
        site.edit("cluster: vista", "cluster: lab")
        site.edit("default: my-org", f"default: {ORG}")
        site.commit()
        yield site
        site.clear()


def test_what_is_finished_is_adopted_at_once_and_what_lost_its_job_is_made_when_asked(
    evals: Site,
) -> None:
    by_bob()

    planned = evals.todo()
    evals("adopt", "state:found", "-m", "manifest.yaml")
    adopted = evals.states()
    begun(evals)
    going, started = evals.todo(), told()
    lose(evals, GONE)
    gone = evals.change(GONE)
    unasked = evals.submit().out
    (evals.control / "never").unlink()
    evals("retry", "eval.dev[model=swesmith-stackseq]", "-m", "manifest.yaml")
    evals.submit("--resubmit", "eval.dev[model=openthinker-agent]")
    evals.until_all("done")
    evals("sync", "manifest.yaml")

    left = {THEIRS: "blocked", published(THEIRS): "rest"}
    assert planned == EXPECTED | left
    assert [adopted[label] for label in FINISHED] == ["done"] * len(FINISHED)
    assert going == left
    assert started == {"Finished": len(FINISHED), "Started": 3}
    assert gone["action"] == "blocked"
    assert "otplan retry" in gone["reasons"][0]["help"]
    assert "submitted" not in unasked
    # The row of somebody else stays as it is: whose it is puts it right.
    assert "was written by hand, and stays as it is" in evals("plan", "manifest.yaml").out
    assert told() == {"Finished": len(EVALS) - 1, "Started": 1}


def published(label: str) -> str:
    """Return the stage that publishes the traces of an eval."""
    return label.replace("/evaluate", "/publish")


EXPECTED = {
    **dict.fromkeys(FINISHED, "adopt"),
    **{published(label): "rest" for label in FINISHED},
    **{label: "submit" for one in (MINE, GONE) for label in (one, published(one))},
    "dataset.dev-tasks/fetch": "submit",
}


def by_bob() -> None:
    """Let somebody else have started one, and finished the others."""
    for label in (THEIRS, *FINISHED):
        model, benchmark = EVALS[label]
        status = "Started" if label == THEIRS else "Finished"
        rows(MEASURED, status=status, model=model, benchmark=benchmark)


def begun(evals: Site) -> None:
    """Apply, with servers that never answer, until what has jobs runs and the tables say so."""
    (evals.control / "never").write_text("yes")
    evals.submit()
    for label in (MINE, GONE):
        evals.until(label, "running")
    evals("sync", "manifest.yaml")


def lose(evals: Site, label: str) -> None:
    """Let somebody else end the job of an eval."""
    job = evals("status", "-m", "manifest.yaml", "--json").document["stages"]
    (mine,) = (one for one in job if f"{one['address']}/{one['role']}" == label)
    evals.slurm("scancel", str(mine["job"]))
    evals.until(label, "failed")


def rows(query: str, **variables: str) -> list[str]:
    """Return what the database answers, where `:'name'` stands for a variable."""
    done = sql(query, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def told() -> Counter[str]:
    """Return what the tables say of the evals."""
    asked = (EVALS[label] for label in EVALS)
    return Counter(rows(STATUS, model=model, benchmark=name)[0] for model, name in asked)
