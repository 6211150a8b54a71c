"""The tool and Harbor itself: whole trials, broken and resumed.

Sandboxes are folders, and the model is the stub of the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bench import QUIET, STUBS, Bench, harbor
from tests.tools.test_trials import RULE, config

pytestmark = [pytest.mark.services, pytest.mark.timeout(120)]
SCRIPT = """\
#!/bin/bash
echo {reward} >"$SANDBOX/logs/verifier/reward.txt"
"""
PACK = """\
import io, pathlib, sys, tarfile
import pyarrow
from pyarrow import parquet

def packed(task):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path in sorted(task.iterdir()):
            archive.add(path, path.name)
    return {"path": sys.argv[3] + task.name, "task_binary": file.getvalue()}

tasks = sorted(pathlib.Path(sys.argv[1]).iterdir())
parquet.write_table(pyarrow.Table.from_pylist([packed(task) for task in tasks]), sys.argv[2])
"""
JOB = {
    "n_concurrent_trials": 2,
    "environment": {"import_path": "loopback:Folder"},
    "agents": [{"import_path": "loopback:Asker", "model_name": "hosted_vllm/org/m"}],
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path).prepare()
    for folder in made.tasks("t0", "t1", "t2").glob("tasks/*"):
        for name in ("environment", "tests"):
            (folder / name).mkdir()
        (folder / "task.toml").write_text('version = "1.0"\n')
        (folder / "environment" / "Dockerfile").write_text("FROM scratch\n")
        script = folder / "tests" / "test.sh"
        script.write_text(SCRIPT.format(reward=int(folder.name != "t1")))
        script.chmod(0o755)
    return made


def pack(bench: Bench, above: str = "") -> None:
    """Replace the folder of tasks by a Parquet file of archives, as the project publishes them."""
    folder = bench.root / "tasks"
    places = map(str, (folder / "tasks", folder / "x.parquet"))
    argv = [str(harbor().parent / "python"), "-c", PACK, *places, above]
    subprocess.run(argv, check=True, timeout=60)
    shutil.rmtree(folder / "tasks")


def ended(bench: Bench, **changes: Any) -> tuple[int, str]:  # noqa: ANN401 - any field of it
    job = JOB | changes.pop("harbor", {})
    return bench.end(
        *("trials", config(harbor=job, **changes)),
        python=str(harbor().parent / "python"),
        PATH=f"{harbor().parent}:{STUBS / 'bin'}:{os.environ['PATH']}",
        PYTHONPATH=str(STUBS / "sandbox"),
        **QUIET,
        OTPLAN_INPUT_TASKS=str(bench.root / "tasks"),
    )


def test_trials_become_traces_and_metrics(bench: Bench) -> None:
    code, said = ended(bench)

    assert code == 0, said
    rows = bench.lines("traces.jsonl")
    assert sorted(row["task"] for row in rows) == ["t0", "t1", "t2"]
    assert [turn["role"] for turn in rows[0]["conversations"]] == ["user", "assistant"]
    metrics = bench.document("metrics.json")
    assert (metrics["n_trials"], metrics["n_errors"]) == (3, 0)
    assert metrics["accuracy"] == pytest.approx(2 / 3)


def test_an_evaluation_leaves_what_the_catalog_asks_of_each_trial(bench: Bench) -> None:
    code, said = ended(bench, complete=RULE)

    assert code == 0, said
    lines = bench.lines("trials.jsonl")
    assert sorted(line["task"]["name"] for line in lines) == ["t0", "t1", "t2"]
    assert len({line["task"]["checksum"] for line in lines}) == 3
    assert all(line["task"]["verifier_timeout"] == 600 for line in lines)
    assert {"started_at", "ended_at", "agent_execution_ended_at"} <= lines[0]["times"].keys()
    assert lines[0]["uri"].startswith("file:///")
    assert lines[0]["provider"] == "hosted_vllm"


def test_tasks_packed_into_parquet_are_unpacked_and_run(bench: Bench) -> None:
    pack(bench)

    code, said = ended(bench)

    assert code == 0, said
    assert sorted(row["task"] for row in bench.lines("traces.jsonl")) == ["t0", "t1", "t2"]
    assert bench.document("metrics.json")["accuracy"] == pytest.approx(2 / 3)


def test_a_packed_task_that_would_leave_its_folder_ends_the_job(bench: Bench) -> None:
    pack(bench, above="../")

    code, said = ended(bench)

    assert code == 1
    assert "lies outside its folder" in said
    assert not list(bench.run.glob("checkpoints/t0"))


def test_broken_sandboxes_are_resumed_by_a_later_start_under_other_ways_to_run(
    bench: Bench,
) -> None:
    (bench.control / "broken").write_text("1000")
    first = ended(bench, complete=RULE)
    (bench.control / "broken").write_text("1")
    again = replace(bench, n=2).prepare()

    code, said = ended(again, complete=RULE, harbor={"n_concurrent_trials": 1})

    assert (first[0], bench.cause) == (1, "incomplete"), first[1]
    assert code == 0, said
    assert again.document("metrics.json")["n_trials"] == 3
