"""Tasks, traces in chunks, a student of them and its eval on a real Slurm, and a Hub of loopback.

The server in each job and Harbor are stubs (tests/tools/stubs).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.services.hub.server import running
from tests.services.hub.store import OWNER, Store
from tests.slurm.site import Site
from tests.slurm.stub_jobs import ENGINE, JOB, stubbed

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

GENERATOR = '''\
"""A generator of tasks, as the project's are: it asks the model once for each."""
import argparse, json, pathlib, urllib.request

options = argparse.ArgumentParser()
for name in ("--stage", "--output-dir", "--engine-config", "--endpoint-json", "--limit"):
    options.add_argument(name)
options.add_argument("--no-upload", action="store_true")
told = options.parse_args()
assert told.stage == "tasks" and told.no_upload
endpoint = json.loads(pathlib.Path(told.endpoint_json).read_text())
for number in range(int(told.limit)):
    body = {"model": endpoint["model_name"], "messages": [{"role": "user", "content": "a task"}]}
    url, head = f"{endpoint['endpoint_url']}/chat/completions", {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), head)
    said = json.loads(urllib.request.urlopen(request, timeout=10).read())
    folder = pathlib.Path(told.output_dir) / f"t{number}"
    folder.mkdir(parents=True)
    (folder / "task.toml").write_text("")
    (folder / "instruction.md").write_text(said["choices"][0]["message"]["content"])
'''
TASKS = """\
otplan: 1
workspace: models
cluster: lab
defaults: {slurm: {time: "00:10:00"}}
datasets:
  tasks:
    generate: {script: make_tasks.py, engine: engine.yaml, limit: 6}
    gpus: 1
"""
TRACES = """\
  traces:
    trace: {tasks: tasks, harbor: job.yaml, engine: engine.yaml, chunks: 3, chunks_at_once: 1}
    gpus: 1
"""
EVAL = """\
evals:
  nl:
    model: org/m
    benchmark: nl
    inputs: {benchmark: tasks}
    harbor: job.yaml
    engine: engine.yaml
    attempts_per_task: 2
    gpus: 1
    attempts: 2
"""

CHAIN = f"""\
{TASKS}{TRACES}    repo: my-org/traces
trainings:
  student:
    model: org/m
    datasets: [traces]
    script: train.sh
    outputs: [model]
evals:
  nl:
    model: student
    benchmark: nl
    inputs: {{benchmark: tasks}}
    harbor: job.yaml
    engine: engine.yaml
    gpus: 1
"""
TRAIN = """\
mkdir "$OTPLAN_OUTPUT/model"
wc -l <"$OTPLAN_INPUT_DATASETS/traces.jsonl" >"$OTPLAN_OUTPUT/model/config.json"
"""


@pytest.fixture
def models(site: Site) -> Site:
    for name, text in {"engine.yaml": ENGINE, "job.yaml": JOB, "make_tasks.py": GENERATOR}.items():
        site.write(name, text)
    secrets = site.root / "secrets"
    secrets.touch(0o600)
    facts = {"python": sys.executable, "gpus": "4", "env": json.dumps(stubbed(site.control))}
    site.make(TASKS, **facts, secrets=str(secrets))
    return site


@pytest.fixture
def hub(models: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve a Hub to otplan and to the jobs, which learn of it and its token by the secrets."""
    store = Store()
    with running(store) as url:
        told = {"HF_ENDPOINT": url, "HF_TOKEN": OWNER, "HF_HUB_DISABLE_XET": "1"}
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        lines = [f"{name}={value}\n" for name, value in told.items()]
        (models.root / "secrets").write_text("".join(lines))
        yield store


def why(site: Site, label: str) -> str:
    return " ".join(site("why", label, "-m", "manifest.yaml").out.split())


def runs(site: Site) -> list[list[str]]:
    """Return the tasks of each run of Harbor."""
    return [json.loads(line) for line in (site.control / "runs").read_text().splitlines()]


def made(site: Site) -> Site:
    """Let the tasks be there."""
    site.submit()
    site.until("dataset.tasks/generate", "done")
    return site


def test_a_server_that_is_slow_to_be_ready_is_waited_for(models: Site) -> None:
    (models.control / "slow").write_text("3")

    made(models)

    tasks = models.output("dataset.tasks/generate") / "tasks"
    assert sorted(path.parent.name for path in tasks.glob("*/task.toml")) == [
        *(f"t{number}" for number in range(6)),
    ]
    assert (tasks / "t0" / "instruction.md").read_text() == "done: a task"


def test_one_chunk_loses_its_server_and_is_resumed_alone_and_all_are_joined(models: Site) -> None:
    made(models).write("manifest.yaml", TASKS + TRACES)
    (models.control / "dies").write_text("1")
    models.submit()
    models.until("dataset.traces/trace", "failed")
    models.until("dataset.traces/join", "stuck", "queued")
    told = why(models, "dataset.traces/trace")
    models("retry", "dataset.traces", "-m", "manifest.yaml")

    change = models.change("dataset.traces/trace")
    models.submit()
    models.until_all("done")

    assert "its model server died" in told or "the model server beside it died" in told
    assert len(change["elements"]) == 1
    assert sorted(map(tuple, runs(models))) == [("t0", "t3")] * 2 + [("t1", "t4"), ("t2", "t5")]
    lines = (models.output("dataset.traces/join") / "traces.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["task"] for line in lines) == [f"t{n}" for n in range(6)]


def test_tasks_become_published_traces_and_a_student_that_is_measured(
    models: Site, hub: Store
) -> None:
    models.write("train.sh", TRAIN)
    models.write("manifest.yaml", CHAIN)
    models.commit()
    (models.control / "chokes").write_text("solve t1")
    models.submit()
    models.until("dataset.traces/trace", "failed")
    before = {label for label, state in models.states().items() if state == "done"}
    models("retry", "dataset.traces", "-m", "manifest.yaml")
    models.submit()
    models.until_all("done")

    assert before == {"dataset.tasks/generate"}
    published = hub.repos["dataset", "my-org/traces"].commits[-1].files
    lines = published["traces.jsonl"].decode().splitlines()
    assert sorted(json.loads(line)["task"] for line in lines) == [f"t{n}" for n in range(6)]
    assert json.loads(published[".otplan.json"])["address"] == "dataset.traces"
    joined = json.loads((models.output("dataset.traces/join") / "metrics.json").read_text())
    assert (joined["n_trials"], joined["n_expected"], joined["accuracy"]) == (6, 6, 0.5)
    student = models.output("training.student/train") / "model"
    assert (student / "config.json").read_text().strip() == "6"
    *_, last = map(json.loads, (models.control / "starts").read_text().splitlines())
    assert last[:2] == ["serve", str(student)]
    metrics = models.output("eval.nl/evaluate") / "metrics.json"
    assert json.loads(metrics.read_text())["n_trials"] == 6
    assert models.todo() == {}


def test_a_server_that_never_comes_is_said_to_be_the_cause(models: Site) -> None:
    (models.control / "never").write_text("yes")
    models.edit("healthcheck_max_attempts: 60", "healthcheck_max_attempts: 4", "engine.yaml")
    models.submit()
    models.until("dataset.tasks/generate", "failed")

    told = why(models, "dataset.tasks/generate")

    assert "the model server did not answer in time" in told
    assert "healthcheck_max_attempts" in told
    assert not (models.control / "runs").exists()


def test_an_eval_with_too_few_valid_trials_is_resumed_before_it_counts(models: Site) -> None:
    made(models).write("manifest.yaml", TASKS + EVAL)
    (models.control / "break").write_text("30")

    models.submit()
    models.until("eval.nl/evaluate", "done", patience=120)

    folder = models.output("eval.nl/evaluate")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["n_trials"], metrics["accuracy"], metrics["n_errors"]) == (12, 0.5, 0)
    assert (folder.parent / "endings").read_text() == "0 incomplete\n"
    assert len(runs(models)) == 4


def test_a_server_over_two_nodes_has_ray_on_both_and_all_end_well(models: Site) -> None:
    models.edit("    gpus: 1\n", "    gpus: 1\n    nodes: 2\n")
    models.edit("tensor_parallel_size: 1", "tensor_parallel_size: 2", "engine.yaml")

    made(models)

    joined = sorted(line.split() for line in (models.control / "ray").read_text().splitlines())
    assert len({node for node, _ in joined}) == 2
    assert sorted(how.partition("=")[0] for _, how in joined) == ["--address", "--head"]
    (started,) = (models.control / "starts").read_text().splitlines()
    assert "--distributed-executor-backend" in json.loads(started)
