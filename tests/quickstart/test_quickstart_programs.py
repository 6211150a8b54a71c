"""The quickstart's programs, run as jobs of otplan run them: in folders, told by environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

QUICKSTART = Path(__file__).parents[2] / "manifests" / "quickstart"

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small pipeline's outputs: train, heldout, trained-<order>, model-<order>."""
    place = tmp_path_factory.mktemp("made")
    for split, limit in (("train", 300), ("heldout", 40)):
        ok(job("pairs.py", place / split, "--split", split, "--limit", str(limit)))
    for order in (2, 4):
        trained = place / f"trained-{order}"
        ok(train(place, trained, order=order))
        ok(job("consolidate.py", place / f"model-{order}", INPUT_TRAINING=trained))
    return place


def test_pairs_are_sharegpt_rows_of_a_signature_and_its_docstring(made: Path) -> None:
    turns = [row["conversations"] for row in rows(made / "train")]
    pairs = {row[0]["value"]: row[1]["value"] for row in turns}

    assert [[turn["from"] for turn in row] for row in turns] == [["human", "gpt"]] * 300
    assert all(head.startswith(("def ", "async def ", "class ")) for head in pairs)
    assert pairs["class ABC(metaclass=ABCMeta):"].startswith("Helper class that provides")


def test_pairs_are_counted_in_the_metrics(made: Path) -> None:
    characters = sum(
        len(turn["value"]) for row in rows(made / "train") for turn in row["conversations"]
    )

    assert read(made / "train" / "metrics.json") == {"rows": 300, "characters": characters}


def test_the_splits_share_no_docstring(made: Path) -> None:
    train, heldout = (
        {row["conversations"][1]["value"] for row in rows(made / split)}
        for split in ("train", "heldout")
    )

    assert len(heldout) == 40
    assert not train & heldout


def test_pairs_of_a_lower_limit_are_the_first_of_a_higher_one(made: Path, tmp_path: Path) -> None:
    ok(job("pairs.py", tmp_path / "few", "--limit", "20"))

    assert rows(tmp_path / "few") == rows(made / "train")[:20]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 75), (signal.SIGUSR1, 75), (signal.SIGKILL, -9)]
)
def test_a_training_resumed_equals_one_that_was_not_interrupted(
    made: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    assert interrupted(made, tmp_path / "first", number) == code

    resumed = train(made, tmp_path / "second", tmp_path / "first.run", order=4)

    assert "going on after slice 1" in ok(resumed)
    assert "slice 1 of" not in resumed.stdout
    assert not list((tmp_path / "first").iterdir())
    assert [path.name for path in (tmp_path / "first.run" / "checkpoints").iterdir()] == [
        "latest.json"
    ]
    assert contents(tmp_path / "second") == contents(made / "trained-4")


def test_a_checkpoint_of_other_settings_is_not_taken_up(made: Path, tmp_path: Path) -> None:
    ok(train(made, tmp_path / "first", tmp_path / "run", order=3))

    ended = train(made, tmp_path / "second", tmp_path / "run", order=4)

    assert "starting anew" in ok(ended)
    assert contents(tmp_path / "second") == contents(made / "trained-4")


def test_the_learning_curve_falls_to_the_loss_in_the_metrics(made: Path) -> None:
    curve = [
        json.loads(line) for line in (made / "trained-4" / "curve.jsonl").read_text().splitlines()
    ]
    losses = [point["bits_per_character"] for point in curve]
    metrics = read(made / "trained-4" / "metrics.json")

    assert [point["slice"] for point in curve] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert losses == sorted(losses, reverse=True)
    assert metrics["train_bits_per_character"] == losses[-1]
    assert metrics["characters"] == curve[-1]["characters"]


def test_each_pass_reads_all_slices_again(made: Path, tmp_path: Path) -> None:
    ok(train(made, tmp_path / "twice", order=2, passes=2))

    once, twice = (
        read(place / "metrics.json") for place in (made / "trained-2", tmp_path / "twice")
    )
    assert twice["characters"] == 2 * once["characters"]
    assert twice["contexts"] == once["contexts"]


def test_the_number_of_shards_changes_nothing_in_the_model(made: Path, tmp_path: Path) -> None:
    ok(train(made, tmp_path / "trained", order=2, shards=1))
    ok(job("consolidate.py", tmp_path / "model", INPUT_TRAINING=tmp_path / "trained"))

    sizes = read(made / "trained-2" / "model" / "index.json")["shards"]
    assert list(sizes) == [f"shard-0000{number}-of-00004.json" for number in range(4)]
    assert min(sizes.values()) > 0
    assert read(tmp_path / "model" / "model.json") == read(made / "model-2" / "model.json")


def test_a_setting_may_come_as_text(made: Path, tmp_path: Path) -> None:
    ok(train(made, tmp_path / "trained", order="4", discount="7.5e-1"))

    assert contents(tmp_path / "trained") == contents(made / "trained-4")


def test_a_higher_order_needs_fewer_bits_and_guesses_better(made: Path, tmp_path: Path) -> None:
    low, high = (
        evaluated(made, tmp_path, order, "bits") | evaluated(made, tmp_path, order, "completion")
        for order in (2, 4)
    )

    assert high["bits_per_character"] < low["bits_per_character"] - low["bits_per_character_stderr"]
    assert high["accuracy"] > low["accuracy"] + low["accuracy_stderr"]
    assert 0 < high["accuracy"] < high["accuracy_top5"] < 1
    assert high["n"] == 40


def test_an_eval_of_few_rows_is_less_sure(made: Path, tmp_path: Path) -> None:
    few = evaluated(made, tmp_path, 2, "completion", "--limit", "10")
    all_rows = evaluated(made, tmp_path, 2, "completion")

    assert few["n"] == 10
    assert few["accuracy_stderr"] > all_rows["accuracy_stderr"]


def test_several_datasets_are_read_as_one(made: Path, tmp_path: Path) -> None:
    both = f"{made / 'train'}\n{made / 'heldout'}"

    ended = job("train.py", tmp_path / "out", RUN_DIR=tmp_path, INPUT_DATASETS=both)

    ok(ended)
    texts = [text for split in ("train", "heldout") for text in rows(made / split)]
    characters = sum(1 + sum(len(turn["value"]) for turn in row["conversations"]) for row in texts)
    assert read(tmp_path / "out" / "metrics.json")["characters"] == characters


def train(made: Path, output: Path, run_dir: Path | None = None, **settings: object) -> Ended:
    """Run a training to its end, in a run folder of its own unless one is given."""
    run_dir = run_dir or output.with_name(f"{output.name}.run")
    run_dir.mkdir(exist_ok=True)
    config = run_dir / "config.json"
    config.write_text(json.dumps(settings))
    inputs = {"RUN_DIR": run_dir, "CONFIG": config, "INPUT_DATASETS": made / "train"}
    return job("train.py", output, **inputs)


def interrupted(made: Path, output: Path, number: signal.Signals) -> int:
    """Return the exit code of a training of order 4 that gets a signal after its first slice."""
    run_dir = output.with_name(f"{output.name}.run")
    for place in (run_dir, output):
        place.mkdir()
    config = run_dir / "config.json"
    config.write_text('{"order": 4, "seconds_per_slice": 30}')
    names = {
        "RUN_DIR": run_dir,
        "CONFIG": config,
        "INPUT_DATASETS": made / "train",
        "OUTPUT": output,
    }
    argv = [sys.executable, str(QUICKSTART / "train.py")]
    with subprocess.Popen(
        argv, env=environment(names), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("slice 1 of"):
            assert process.poll() is None
        process.send_signal(number)
        return process.wait(timeout=10)


def evaluated(made: Path, place: Path, order: int, task: str, *options: str) -> dict[str, float]:
    """Return the metrics of one eval of the model of that order."""
    output = place / "-".join([task, str(order), *options])
    inputs = {"INPUT_MODEL": made / f"model-{order}", "INPUT_HELDOUT": made / "heldout"}
    ok(job("evaluate.py", output, "--task", task, *options, **inputs))
    return read(output / "metrics.json")


def job(program: str, output: Path, *options: str, **names: Path | str) -> Ended:
    """Run a program with a new, empty output folder and the OTPLAN_ variables given."""
    output.mkdir()
    argv = [sys.executable, str(QUICKSTART / program), *options]
    env = environment({**names, "OUTPUT": output})
    return subprocess.run(argv, env=env, capture_output=True, check=False, text=True, timeout=20)


def environment(names: dict[str, Any]) -> dict[str, str]:
    """Return this environment, which the tests are rid of OTPLAN_, with the variables given."""
    given = {f"OTPLAN_{name}": str(value) for name, value in names.items()}
    return {**os.environ, **given, "PYTHONDONTWRITEBYTECODE": "1"}


def ok(ended: Ended) -> str:
    """Return what a program printed, which ended well."""
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def contents(place: Path) -> dict[str, bytes]:
    """Return every file of a folder by its path."""
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def rows(place: Path) -> list[dict[str, Any]]:
    """Return the rows of a dataset."""
    return [json.loads(line) for line in (place / "data.jsonl").read_text().splitlines()]


def read(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found
