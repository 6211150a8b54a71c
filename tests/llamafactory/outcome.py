"""Say what `./dev demo-sft` came to, and end with 1 where that is not what it is to show.

It is given the folder of the experiments, with what `otplan results` and `otplan history` say as
JSON beside them.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]

KNOWS_NOTHING = math.log(400)
"""The loss of a model with 400 tokens that are all the same to it."""

MADE_OF: Mapping[str, Mapping[str, Any]] = {
    "dataset.pairs": {},
    "dataset.heldout": {},
    "training.sft": {"base_model": "script.blank", "datasets": ["dataset.pairs"]},
    "consolidation.sft-fp32": {"base_model": "training.sft"},
    "eval.bits": {"model": "consolidation.sft-fp32", "benchmark": "heldout-bits"},
    "eval.docstrings": {"model": "consolidation.sft-fp32", "benchmark": "heldout-docstrings"},
}

CHAIN = ("consolidation.sft-fp32", "eval.docstrings")

BITS_OF_A_BYTE = 8
"""What a byte takes of whoever foresees nothing at all."""

_RESUMED = re.compile(r"Resuming training from checkpoint with ([a-z0-9 ]+)")


def main(folder: Path) -> int:
    """Print each finding with yes or no; return 1 if there is a no."""
    tables = json.loads((folder / "results.json").read_bytes())["tables"]
    rows = {row["address"]: row["values"] for table in tables.values() for row in table}
    found = [*_interrupted(folder), *_recorded(rows), *_learned(rows), *_measured(rows)]
    for words, holds in found:
        print(f"{'yes' if holds else 'NO '}  {words}")  # noqa: T201 - that is what it is for
    return 0 if all(holds for _, holds in found) else 1


def _interrupted(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield that the training was stopped by its time limit, and went on from a checkpoint."""
    attempts = sorted(folder.glob("tiny-sft/training.sft.train.*/attempt-*"))
    # A start that requeues itself says so in its folder, a job that ended is in the history.
    starts = sum(_text(attempt / "endings").count("timeout") for attempt in attempts)
    history = json.loads((folder / "history.json").read_bytes())["history"]
    jobs = [each for each in history if each["label"] == "training.sft/train"]
    stopped = starts + sum(each["detail"].startswith("timeout") for each in jobs)
    resumed = [step for each in attempts for step in _RESUMED.findall(_text(each / "log"))]
    yield f"the time limit stopped the training: {stopped} times", stopped > 0
    yield f"it went on from a checkpoint: {', '.join(resumed) or 'never'}", bool(resumed)


def _recorded(rows: Rows) -> Iterator[tuple[str, bool]]:
    """Yield that every resource has its row: what it was made of, where it lies, and when."""
    for address, wanted in MADE_OF.items():
        row = rows.get(address, {})
        told = {name: row.get(name) for name in wanted}
        yield f"the row of {address} says {told or 'where it lies'}", told == wanted and _lies(row)
    began, ended = _span(rows, "training.sft")
    yield f"the training is recorded to have taken {ended - began} s", ended > began > 0
    order = [_span(rows, address) for address in ("training.sft", *CHAIN)]
    yield (
        f"each of {', '.join(CHAIN)} began when the one before had ended",
        all(before[1] <= after[0] for before, after in pairwise(order)),
    )


def _lies(row: Mapping[str, Any]) -> bool:
    return Path(row.get("location", "")).is_dir() and row["ended"] >= row["started"] > 0


def _span(rows: Rows, address: str) -> tuple[int, int]:
    row = rows.get(address, {})
    return row.get("started", 0), row.get("ended", 0)


def _learned(rows: Rows) -> Iterator[tuple[str, bool]]:
    """Yield that the loss is one of the whole training, and that it went down."""
    model = Path(rows.get("training.sft", {}).get("location", ""), "model")
    lines = _text(model / "trainer_log.jsonl").splitlines()
    least = min((json.loads(line).get("loss", math.inf) for line in lines), default=math.nan)
    loss = _metric(rows, "training.sft", "train_loss")
    words = f"the loss {loss:.3f} is between the least, {least:.3f}, and {KNOWS_NOTHING:.3f}"
    yield words, least < loss < KNOWS_NOTHING


def _measured(rows: Rows) -> Iterator[tuple[str, bool]]:
    """Yield that the model was measured, by the harness with its error."""
    bits = _metric(rows, "eval.bits", "bits_per_byte")
    yield f"its answers take {bits:.3f} bits a byte", 0 < bits < BITS_OF_A_BYTE
    right = _metric(rows, "eval.docstrings", "docstrings.acc")
    error = _metric(rows, "eval.docstrings", "docstrings.acc_stderr")
    yield f"of docstrings it knows {right:.3f} ± {error:.3f}", 0 < right < 1 and error > 0


def _metric(rows: Rows, address: str, name: str) -> float:
    return float(rows.get(address, {}).get("metrics", {}).get(name, math.nan))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
