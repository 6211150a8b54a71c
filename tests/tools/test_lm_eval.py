"""lm-evaluation-harness in a job: its tasks, its model, and its metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bench import Bench
from tests.tools.test_trials import config

HARNESS = """\
import json, os, pathlib, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
tasks = options["--tasks"].split(",")
folder = pathlib.Path(options["--output_path"]) / "m"
folder.mkdir(parents=True)
values = {"alias": "x", "acc,none": 0.5, "acc_stderr,none": 0.1, "exact_match,strict": 1.0}
(folder / "results_2026.json").write_text(json.dumps({"results": {t: values for t in tasks}}))
(folder.parent / "argv.json").write_text(json.dumps(sys.argv[1:]))
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "lm_eval.py").write_text(HARNESS)
    return Bench(tmp_path).prepare()


def measured(bench: Bench, told: dict[str, Any], **env: str) -> list[str]:
    given = {"engine": {}, "tasks": ["a", "b", "c"], "lm_eval": {}, **told}
    code, said = bench.end("lm_eval_tasks", given, PYTHONPATH=str(bench.root / "lib"), **env)
    assert code == 0, said
    argv: list[str] = json.loads((bench.attempt / "lm_eval" / "argv.json").read_text())
    return argv


def test_metrics_have_their_task_and_their_errors(bench: Bench) -> None:
    measured(bench, {}, OTPLAN_MODEL="org/m", OTPLAN_ELEMENT="1", OTPLAN_ELEMENTS="2")

    assert bench.document("metrics.json") == {
        "b.acc": 0.5,
        "b.acc_stderr": 0.1,
        "b.exact_match.strict": 1.0,
    }


def test_a_model_that_was_made_is_loaded_from_its_folder(bench: Bench) -> None:
    made = bench.root / "made" / "model"
    made.mkdir(parents=True)
    (made / "config.json").write_text("{}")

    argv = measured(
        bench,
        {"lm_eval": {"batch_size": "auto", "log_samples": True, "model_args": {"dtype": "float"}}},
        OTPLAN_INPUT_MODEL=str(made.parent),
    )

    assert argv[:4] == ["--model", "hf", "--model_args", f"pretrained={made},dtype=float"]
    assert argv[6:] == [
        *("--output_path", str(bench.attempt / "lm_eval")),
        *("--batch_size", "auto", "--log_samples"),
    ]


def test_a_served_model_is_asked_and_its_tokenizer_is_read_from_its_folder(bench: Bench) -> None:
    made = bench.root / "made"
    made.mkdir()
    (made / "config.json").write_text("{}")

    argv = measured(
        bench,
        {"server": config(server={"model": "", "name": "model"})["server"]},
        OTPLAN_INPUT_MODEL=str(made),
    )

    assert argv[:2] == ["--model", "local-completions"]
    assert argv[3].startswith("model=model,base_url=http://127.0.0.1:")
    assert argv[3].endswith(f",tokenizer={made}")
    assert bench.told("starts")[0][:2] == ["serve", str(made)]


def test_metrics_of_shards_are_put_together(bench: Bench) -> None:
    for name in ("a", "b"):
        (bench.root / name).mkdir()
        (bench.root / name / "metrics.json").write_text(json.dumps({f"{name}.acc": 1}))
    shards = f"{bench.root / 'a'}\n{bench.root / 'b'}"

    code, said = bench.end("merge_metrics", {}, OTPLAN_INPUT_SHARDS=shards)

    assert code == 0, said
    assert bench.document("metrics.json") == {"a.acc": 1, "b.acc": 1}
