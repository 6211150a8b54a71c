"""What the quickstart's programs say, in one line and with exit code 1, of what they cannot use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[2] / "manifests" / "quickstart"

INDEX = {
    "order": 1,
    "discount": 0.5,
    "contexts": 2,
    "shards": {"shard-0.json": 1, "shard-1.json": 1},
}
SHARDS = {"shard-0.json": {"": {"a": 1}}, "shard-1.json": {"a": {"b": 1}}}


@pytest.mark.parametrize(
    ("program", "variable"),
    [
        ("pairs.py", "OTPLAN_OUTPUT"),
        ("train.py", "OTPLAN_OUTPUT"),
        ("consolidate.py", "OTPLAN_INPUT_TRAINING"),
        ("evaluate.py --task bits", "OTPLAN_INPUT_MODEL"),
    ],
)
def test_outside_of_a_job(program: str, variable: str) -> None:
    said = f"{variable} is not set: run this as a job of otplan, or set it to a folder"

    assert said in trouble(program)


def test_an_input_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    line = trouble("consolidate.py", INPUT_TRAINING=gone)

    assert f"OTPLAN_INPUT_TRAINING names {gone}, which is not a folder" in line


def test_several_folders_where_one_is_expected(tmp_path: Path) -> None:
    line = trouble("consolidate.py", INPUT_TRAINING=f"{tmp_path}\n{tmp_path}")

    assert "OTPLAN_INPUT_TRAINING names 2 folders where one is expected" in line


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('{"ordre": 3}', "unknown settings: ordre; there are order, discount,"),
        ('{"order": 2.5}', "order must be a whole number from 1 to 12, not 2.5"),
        ('{"order": true}', "order must be a whole number from 1 to 12, not True"),
        ('{"discount": 0}', "discount must be a number from 0.01 to 1.0, not 0"),
        ('{"discount": "nan"}', "discount must be a number from 0.01 to 1.0, not 'nan'"),
        ("[3]", "config.json does not hold a JSON object"),
        ("order: 3", "config.json is not JSON: "),
    ],
)
def test_a_wrong_config(tmp_path: Path, config: str, said: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(config)

    assert said in trouble("train.py", OUTPUT=tmp_path, RUN_DIR=tmp_path, CONFIG=path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a"}\n', "data.jsonl does not hold one ShareGPT conversation a line"),
        ("a\n", "data.jsonl does not hold one ShareGPT conversation a line"),
        ("", "the datasets of OTPLAN_INPUT_DATASETS have no text"),
        ('{"conversations": []}\n', "the datasets of OTPLAN_INPUT_DATASETS have no text"),
        (None, "data.jsonl is missing"),
    ],
)
def test_a_wrong_dataset(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "data.jsonl").write_text(content)

    assert said in trouble("train.py", OUTPUT=tmp_path, RUN_DIR=tmp_path, INPUT_DATASETS=tmp_path)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"index.json": None}, "index.json is missing"),
        ({"index.json": {"order": 1}}, "index.json is not the index of a model"),
        ({"shard-1.json": None}, "model lacks shard-1.json, which its index lists"),
        ({"shard-2.json": {}}, "model holds shard-2.json, which its index does not list"),
        ({"shard-1.json": {}}, "shard-1.json holds 0 contexts, its index says 1"),
        ({"shard-1.json": {"": {"a": 1}}}, "model holds 1 contexts, its index says 2"),
    ],
)
def test_a_training_that_is_not_whole(tmp_path: Path, files: dict[str, object], said: str) -> None:
    (tmp_path / "model").mkdir()
    for name, value in {"index.json": INDEX, **SHARDS, **files}.items():
        if value is not None:
            (tmp_path / "model" / name).write_text(json.dumps(value))

    assert said in trouble("consolidate.py", INPUT_TRAINING=tmp_path, OUTPUT=tmp_path)
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "model.json is missing"),
        ("{}", "model.json is not a consolidated model"),
    ],
)
def test_a_model_that_was_not_consolidated(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "model.json").write_text(content)

    assert said in trouble("evaluate.py --task bits", INPUT_MODEL=tmp_path, OUTPUT=tmp_path)


def test_a_single_row_to_evaluate_on(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"order": 1, "discount": 0.5, "counts": {"": {"a": 1}}}')
    (tmp_path / "data.jsonl").write_text('{"conversations": [{"value": "a"}]}\n')

    line = trouble("evaluate.py --task bits", INPUT_MODEL=tmp_path, INPUT_HELDOUT=tmp_path)

    assert "one row has no standard error: there must be two or more" in line


def trouble(command: str, **names: Path | str) -> str:
    """Return the one line that a program says before it ends with 1, given OTPLAN_ variables."""
    program, *options = command.split()
    given = {f"OTPLAN_{name}": str(value) for name, value in names.items()}
    ended = subprocess.run(
        [sys.executable, "-B", str(PROGRAMS / program), *options],
        env={**os.environ, **given},
        capture_output=True,
        check=False,
        text=True,
        timeout=20,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{program}: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr
