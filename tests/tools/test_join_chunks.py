"""Chunks are joined: files one after the other, folders into one, metrics as if of one job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bench import Bench
from tests.tools.bring import tool

TRACES = {"outputs": ["traces.jsonl"], "trials": True}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path).prepare()


def of(folder: Path, rewards: list[float], broken: int = 0) -> dict[str, Any]:
    """Return the metrics of trials with these rewards, and of some that broke."""
    for number, reward in enumerate([*rewards, *[None] * broken]):
        trial: dict[str, Any] = {"exception_info": {"exception_type": "DaytonaError"}}
        if reward is not None:
            trial = {"verifier_result": {"rewards": {"reward": reward}}}
        place = folder / f"t{number}"
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps(trial))
    outcome = tool("outcome").Outcome(folder, {}, len(rewards) + broken)
    metrics: dict[str, Any] = outcome.metrics()
    return metrics


def test_metrics_of_chunks_are_those_that_one_job_would_have(tmp_path: Path) -> None:
    chunks = [[float(k % 3 == n % 2) for k in range(n)] for n in (1, 5, 12, 3)]
    apart = [of(tmp_path / f"c{n}", rewards, broken=n) for n, rewards in enumerate(chunks)]
    whole = of(tmp_path / "all", [one for rewards in chunks for one in rewards], broken=6)

    joined = tool("join_chunks").merged(apart)

    assert joined == pytest.approx(whole)
    assert joined["n_DaytonaError"] == 6


def test_a_chunk_without_any_result_counts_for_nothing_but_its_errors(tmp_path: Path) -> None:
    apart = [of(tmp_path / "a", [1.0, 0.0]), of(tmp_path / "b", [], broken=2)]

    joined = tool("join_chunks").merged(apart)

    assert (joined["n_trials"], joined["n_errors"], joined["accuracy"]) == (4, 2, 0.5)


def test_traces_are_in_the_order_of_their_chunks(bench: Bench) -> None:
    for name in ("b", "a"):
        (bench.root / name).mkdir()
        (bench.root / name / "traces.jsonl").write_text(f'"{name}"\n')
        (bench.root / name / "metrics.json").write_text(json.dumps({"n_trials": 1, "n_errors": 1}))
    chunks = f"{bench.root / 'b'}\n{bench.root / 'a'}"

    code, said = bench.end("join_chunks", TRACES, OTPLAN_INPUT_CHUNKS=chunks)

    assert code == 0, said
    assert bench.lines("traces.jsonl") == ["b", "a"]
    assert bench.document("metrics.json") == {"n_trials": 2, "n_errors": 2}


def test_tasks_of_all_parts_stand_in_one_folder_and_none_takes_the_place_of_another(
    bench: Bench,
) -> None:
    for part, names in {"a": ("t0", "t1"), "b": ("t0", "t2")}.items():
        for name in names:
            (bench.root / part / "tasks" / name).mkdir(parents=True)
            (bench.root / part / "tasks" / name / "task.toml").write_text(part)
    chunks = f"{bench.root / 'a'}\n{bench.root / 'b'}"
    told = {"outputs": ["tasks"], "trials": False}

    code, said = bench.end("join_chunks", told, OTPLAN_INPUT_CHUNKS=chunks)

    assert code == 0, said
    tasks = (bench.output / "tasks").glob("*/task.toml")
    assert {path.parent.name: path.read_text() for path in tasks} == {
        "t0": "a",
        "t1": "a",
        "t0.1": "b",
        "t2": "b",
    }


@pytest.mark.parametrize(("second", "joined"), [('{"rows": 3}', {"rows": 5}), ("{}", None)])
def test_what_every_chunk_counts_is_counted_together(
    bench: Bench, second: str, joined: dict[str, int] | None
) -> None:
    for name, metrics in (("a", '{"rows": 2}'), ("b", second)):
        (bench.root / name / "tasks" / name).mkdir(parents=True)
        (bench.root / name / "metrics.json").write_text(metrics)
    told = {"outputs": ["tasks"], "trials": False}

    code, said = bench.end(
        "join_chunks", told, OTPLAN_INPUT_CHUNKS=f"{bench.root / 'a'}\n{bench.root / 'b'}"
    )

    assert code == 0, said
    there = (bench.output / "metrics.json").exists()
    assert (bench.document("metrics.json") if there else None) == joined
