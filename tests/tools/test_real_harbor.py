"""The tool and Harbor itself: whole trials, broken and resumed.

Sandboxes are folders, and the model is the stub of the others.
"""

from __future__ import annotations

import os
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
