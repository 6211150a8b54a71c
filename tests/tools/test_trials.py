"""Harbor's trials in a job: this element's tasks, resumed where they broke, and collected."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bench import Bench

NAMES = ("t0", "t1", "t2", "t3", "t4")
RULE = {"valid": 0.9, "errors": 0.1}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path).prepare()


def config(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of it
    server = {
        "model": "org/m",
        "name": "org/m",
        "options": ["--max-model-len", "9"],
        "env": {},
        "ray": False,
        "nodes": 1,
        "port": 0,
        "ray_port": 0,
        "attempts": 40,
        "delay": 0.5,
        "interval": 1,
        "tunnel": False,
    } | changes.pop("server", {})
    return {
        "engine": {},
        "server": server,
        "harbor": {"agents": [{"name": "terminus-2", "model_name": "hosted_vllm/org/m"}]}
        | changes.pop("harbor", {}),
        "traces": {"episodes": "last", "filter": "none", "subagents": True},
        "tolerate": {},
        "eval_only": False,
        "complete": None,
    } | changes


def ended(bench: Bench, told: dict[str, Any], **env: str) -> tuple[int, str]:
    tasks = bench.root / "tasks"
    return bench.end("trials", told, OTPLAN_INPUT_TASKS=str(tasks), **env)


def test_trials_become_traces_and_metrics(bench: Bench) -> None:
    bench.tasks(*NAMES)

    code, said = ended(bench, config())

    assert code == 0, said
    assert [row["task"] for row in bench.lines("traces.jsonl")] == list(NAMES)
    metrics = bench.document("metrics.json")
    assert metrics["accuracy"] == pytest.approx(0.6)
    assert metrics["accuracy_stderr"] == pytest.approx((0.3 / 5) ** 0.5)
    assert (metrics["n_trials"], metrics["n_errors"], metrics["n_traces"]) == (5, 0, 5)


def test_a_trial_whose_result_was_cut_off_is_run_again(bench: Bench) -> None:
    bench.tasks(*NAMES)
    assert ended(bench, config())[0] == 0
    cut = bench.run / "checkpoints" / "harbor" / "t1__0" / "result.json"
    cut.write_text(cut.read_text()[:20])

    code, said = ended(bench, config())

    assert code == 0, said
    assert [row["task"] for row in bench.lines("traces.jsonl")] == list(NAMES)
    assert bench.document("metrics.json")["n_errors"] == 0


def test_tasks_that_lie_in_another_folder_are_not_left_out_in_silence(bench: Bench) -> None:
    bench.tasks(*NAMES)
    (bench.root / "tasks" / "more" / "t5").mkdir(parents=True)
    (bench.root / "tasks" / "more" / "t5" / "task.toml").touch()

    code, said = ended(bench, config())

    assert code == 0, said
    assert f"of 6 tasks the 5 in {bench.root}/tasks/tasks are tried" in said


def test_an_element_works_on_its_own_tasks_only(bench: Bench) -> None:
    bench.tasks(*NAMES)

    code, said = ended(bench, config(), OTPLAN_ELEMENT="1", OTPLAN_ELEMENTS="2")

    assert code == 0, said
    assert bench.told("runs") == [["t1", "t3"]]


def test_only_those_that_won_become_traces_where_that_is_asked(bench: Bench) -> None:
    bench.tasks(*NAMES)
    traces = {"episodes": "last", "filter": "success", "subagents": False}

    code, said = ended(bench, config(traces=traces))

    assert code == 0, said
    assert [row["task"] for row in bench.lines("traces.jsonl")] == ["t0", "t2", "t4"]


def test_trials_that_broke_are_run_again_in_the_same_start(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("break", "2")

    code, said = ended(bench, config(complete=RULE))

    assert code == 0, said
    assert len(bench.told("runs")) == 2
    assert bench.document("metrics.json")["n_errors"] == 0


def test_an_evaluation_leaves_a_line_for_each_trial_and_their_digest(bench: Bench) -> None:
    bench.tasks(*NAMES[:2])
    (bench.root / "tasks" / "tasks" / "t1" / "task.toml").write_text("[agent]\ntimeout_sec = 9.0\n")

    code, said = ended(bench, config(complete=RULE, harbor={"n_attempts": 2}))

    assert code == 0, said
    lines = bench.lines("trials.jsonl")
    assert [line["name"] for line in lines] == ["t0__0", "t0__1", "t1__0", "t1__1"]
    assert [line["task"]["agent_timeout"] for line in lines] == [0, 0, 9.0, 9.0]
    assert lines[0]["reward"] == 1.0
    assert lines[0]["times"]["agent_execution_ended_at"] == "2026-11-01T12:00:02Z"
    assert (lines[0]["provider"], lines[0]["input_tokens"]) == ("hosted_vllm", 7)
    digest = hashlib.sha256((bench.output / "trials.jsonl").read_bytes()).hexdigest()
    assert bench.document("metrics.json")["trials_digest"] == f"sha256:{digest}"


def test_trials_of_a_task_that_says_too_little_leave_no_lines(bench: Bench) -> None:
    bench.tasks(*NAMES)
    (bench.root / "tasks" / "tasks" / "t1" / "task.toml").write_text("no toml")

    code, said = ended(bench, config(complete=RULE))

    assert code == 0, said
    assert "the catalog gets no rows of these trials: TOMLDecodeError" in said
    assert "trials_digest" not in bench.document("metrics.json")


def test_traces_for_a_dataset_leave_no_lines_of_trials(bench: Bench) -> None:
    bench.tasks(*NAMES)

    code, said = ended(bench, config())

    assert code == 0, said
    assert not (bench.output / "trials.jsonl").exists()


def test_too_few_valid_trials_are_incomplete_and_the_next_start_resumes_them(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("break", "1000")
    first = ended(bench, config(complete=RULE))
    bench.tell("break", "0")
    again = replace(bench, n=2).prepare()

    code, said = ended(again, config(complete=RULE, harbor={"n_concurrent_trials": 2}))

    assert first[0] == 1, first[1]
    assert bench.cause == "incomplete"
    assert not (bench.output / "metrics.json").exists()
    assert code == 0, said
    assert again.cause == ""


def test_a_tolerated_number_of_broken_sandboxes_is_fine(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("break", "1000")

    code, said = ended(bench, config(tolerate={"DaytonaError": 3}))

    assert (code, bench.cause) == (1, "incomplete"), said
    assert "5 trials broke with DaytonaError, tolerated are 3" in said


def test_tasks_that_are_not_there_are_named(bench: Bench) -> None:
    (bench.root / "tasks").mkdir()

    code, said = ended(bench, config())

    assert code == 1
    assert f"there are no tasks below {bench.root / 'tasks'}" in said


def test_a_server_that_is_slow_is_waited_for(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("slow", "2")

    code, said = ended(bench, config())

    assert code == 0, said


def test_a_server_that_never_answers_is_the_cause(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("never", "yes")

    code, said = ended(bench, config(server={"attempts": 3, "delay": 0.2}))

    assert (code, bench.cause) == (1, "server_late"), said
    assert bench.told("runs") == []


def test_a_server_that_dies_meanwhile_is_the_cause_and_what_was_done_is_kept(bench: Bench) -> None:
    bench.tasks(*NAMES)
    bench.tell("dies", "2")
    first = ended(bench, config())
    again = replace(bench, n=2).prepare()

    code, said = ended(again, config())

    assert (first[0], bench.cause) == (1, "server_died"), first[1]
    assert "CUDA error: the stub was told to die" in first[1]
    assert code == 0, said
    assert len(again.lines("traces.jsonl")) == 5


def test_no_vllm_is_told_as_a_missing_command(bench: Bench) -> None:
    bench.tasks(*NAMES)

    code, said = ended(bench, config(), PATH="/usr/bin:/bin")

    assert code == 1
    assert "vllm: command not found" in said


def test_a_signal_ends_the_tool_and_its_server(bench: Bench) -> None:
    tasks = bench.tasks(*NAMES)
    bench.tell("never", "yes")
    started = bench.start("trials", config(), OTPLAN_INPUT_TASKS=str(tasks))
    while not bench.told("starts"):
        time.sleep(0.05)

    started.send_signal(signal.SIGUSR1)

    said, _ = started.communicate(timeout=20)
    assert started.returncode == 75, said
    assert not _serving(bench)


def _serving(bench: Bench) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"STUB_SERVER={bench.control}".encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return [one for one in found if one != str(os.getpid())]
