"""Run Harbor's trials over the tasks of this element, resume what broke, and collect the rest.

The Harbor job has one name in the folder of the run, so that a later start goes on with it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Tuple

import trial_rows
from beside import Trouble, attempt, config, end, say, share
from model_server import Server
from outcome import CUT, Outcome, broke, ended, result, reward, trials
from ray_nodes import follow, follows

JOB = "harbor"
"""The name of the Harbor job, below the run's own folder."""
_ROUNDS = 3
"""How often one start resumes trials that broke."""
_UNPACKED = 100
"""Archives of tasks that are in memory together."""


def _main() -> int:
    told = config()
    if follows(told.get("server")):
        return follow(told["server"])
    wanted = whole(told["harbor"], source())
    with Server(told.get("server")) as server:
        outcome, code = _run(told, wanted, server)
    why = outcome.missing(told["tolerate"], told.get("complete"))
    if why:
        _measure(outcome.metrics(), attempt())
        raise Trouble("incomplete", f"{why}; the next start resumes what is missing")
    if code == 0:
        _collect(outcome, told, wanted)
    return code


def source() -> Dict[str, Any]:
    """Return the dataset of a Harbor job: this element's tasks in a folder, or a registry's."""
    for name in ("OTPLAN_INPUT_TASKS", "OTPLAN_INPUT_BENCHMARK"):
        if name in os.environ:
            return _mine(Path(os.environ[name]))
    benchmark = os.environ["OTPLAN_BENCHMARK"]
    if Path(benchmark).is_dir():
        return _mine(Path(benchmark))
    if "/" not in benchmark:
        name, _, version = benchmark.partition("@")
        return {"name": name, **({"version": version} if version else {})}
    from huggingface_hub import snapshot_download

    return _mine(Path(snapshot_download(benchmark, repo_type="dataset")))


def whole(harbor: Mapping[str, Any], dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the Harbor job with its tasks, its name and its folder."""
    jobs = Path(os.environ["OTPLAN_RUN_DIR"]) / "checkpoints"
    place = {"job_name": JOB, "jobs_dir": str(jobs), "datasets": [dict(dataset)], "tasks": []}
    return {**harbor, **place}


def _run(
    told: Mapping[str, Any], wanted: Mapping[str, Any], server: Server
) -> "Tuple[Outcome, int]":
    """Run the job, and go on with what broke while that makes any difference."""
    job = Path(wanted["jobs_dir"]) / JOB
    # Of a registry's dataset Harbor alone knows how many tasks there are.
    tasks = len(wanted["datasets"][0].get("task_names", ()))
    before = -1
    for _ in range(_ROUNDS):
        _clear(job, wanted)
        code = server.run(["harbor", "run", "-c", str(_put(job, wanted)), "--yes"], {})
        outcome = Outcome(job, wanted, tasks * wanted.get("n_attempts", 1))
        why = outcome.missing(told["tolerate"], told.get("complete"))
        if not why or outcome.valid <= before:
            break
        before = outcome.valid
        say(f"harbor ended with {code}: {why}")
    return outcome, code


def _measure(metrics: Mapping[str, Any], folder: Path) -> None:
    text = json.dumps(metrics, indent=2, sort_keys=True)
    (folder / "metrics.json").write_text(text, encoding="utf-8")


def _collect(outcome: Outcome, told: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    output = Path(os.environ["OTPLAN_OUTPUT"])
    metrics = outcome.metrics()
    if told.get("complete"):  # Only an evaluation has that rule, and trials in the catalog.
        tasks = Path(wanted["datasets"][0].get("path", ""))
        metrics.update(trial_rows.write(outcome.trials, tasks, output))
    if told.get("eval_only"):
        _measure(metrics, output)
        return
    rows = [row for folder in outcome.trials for row in _traces(folder, told["traces"])]
    with (output / "traces.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(f"{json.dumps(row, default=str)}\n" for row in rows)
    _measure({**metrics, "n_traces": len(rows)}, output)
    say(f"{len(rows)} traces of {len(outcome.trials)} trials")


def _traces(folder: Path, told: Mapping[str, Any]) -> "Iterator[Mapping[str, Any]]":
    """Yield the conversations of a trial as Harbor itself reads them."""
    from harbor.utils import traces_utils as harbor

    trial = result(folder / "result.json")
    won = "success" if (reward(trial) or 0.0) > 0 else "failure"
    if broke(trial) == CUT or told["filter"] not in ("none", won):
        return
    about = harbor.load_run_metadata(folder)
    yield from harbor.collect_conversations_from_trial(folder, about, told["episodes"])
    if told["subagents"]:
        for rows in harbor.collect_subagent_traces(folder, about).values():
            yield from rows


def _clear(job: Path, wanted: Mapping[str, Any]) -> None:
    """Take away the trials that broke, so that Harbor runs them again."""
    outcomes = ended(wanted)
    for folder, trial in trials(job).items():
        if broke(trial) and broke(trial) not in outcomes:
            shutil.rmtree(folder)


def _put(job: Path, wanted: Mapping[str, Any]) -> Path:
    """Write the job's configuration; where the job is there already, also into its folder.

    All that decides a result is in the run folder's name: what differs is only how trials run,
    and for that Harbor would refuse to resume.
    """
    text = f"{json.dumps(wanted, indent=2, sort_keys=True)}\n"
    path = attempt() / "harbor.json"
    path.write_text(text, encoding="utf-8")
    if (job / "config.json").exists():
        (job / "config.json").write_text(text, encoding="utf-8")
        if (job / "lock.json").exists():
            (job / "lock.json").unlink()
    return path


def _mine(root: Path) -> Dict[str, Any]:
    """Return the folder that holds tasks below this one, and the names that are this element's."""
    if not any(root.glob("**/task.toml")):
        root = _unpacked(root)
    inside = Counter(path.parent.parent for path in root.glob("**/task.toml"))
    if not inside:
        raise Trouble("failed", f"there are no tasks below {root}: no folder has a task.toml")
    folder = max(sorted(inside), key=lambda one: inside[one])
    if len(inside) > 1:
        say(f"of {sum(inside.values())} tasks the {inside[folder]} in {folder} are tried")
    names = sorted(path.parent.name for path in folder.glob("*/task.toml"))
    return {"path": str(folder), "task_names": share(names)}


def _unpacked(root: Path) -> Path:
    """Return where the tasks of a dataset in Parquet files are, each an archive beside its path."""
    folder = Path(os.environ["OTPLAN_RUN_DIR"]) / "checkpoints" / "tasks"
    for packed in sorted(root.glob("**/*.parquet")):
        from pyarrow import parquet

        columns = ["path", "task_binary"]
        for batch in parquet.ParquetFile(packed).iter_batches(_UNPACKED, columns=columns):
            for row in batch.to_pylist():
                _unpack(row, folder, packed)
    return folder if folder.exists() else root


def _unpack(row: Mapping[str, Any], folder: Path, packed: Path) -> None:
    place = (folder / row["path"]).resolve()
    if folder.resolve() not in place.parents:
        raise Trouble("failed", f"a task of {packed} lies outside its folder")
    with tarfile.open(fileobj=io.BytesIO(row["task_binary"])) as archive:
        archive.extractall(place, filter="data")


if __name__ == "__main__":
    end(_main)
