"""Join what the elements of an array made: files are one after the other, folders are merged.

The metrics of trials become those that one job would have.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

from beside import config, end

METRICS = "metrics.json"


def _main() -> int:
    output = Path(os.environ["OTPLAN_OUTPUT"])
    chunks = [Path(one) for one in os.environ["OTPLAN_INPUT_CHUNKS"].splitlines()]
    told = config()
    for path in told["outputs"]:
        parts = [chunk / path for chunk in chunks]
        if all(part.is_dir() for part in parts):
            _merge(output / path, parts)
        elif path != METRICS or not told["trials"]:
            _concatenate(output / path, parts)
    if told["trials"]:
        _join_metrics(output, chunks)
    elif not (output / METRICS).exists():
        _count(output, [chunk / METRICS for chunk in chunks])
    return 0


def _count(output: Path, metrics: Sequence[Path]) -> None:
    """Say how many rows there are, where every element says how many it made."""
    told = [json.loads(one.read_text(encoding="utf-8")) for one in metrics if one.exists()]
    rows = [one["rows"] for one in told if isinstance(one.get("rows"), int)]
    if len(rows) == len(metrics):
        (output / METRICS).write_text(json.dumps({"rows": sum(rows)}), encoding="utf-8")


def _join_metrics(output: Path, chunks: Sequence[Path]) -> None:
    told = [json.loads((chunk / METRICS).read_text(encoding="utf-8")) for chunk in chunks]
    text = json.dumps(merged(told), indent=2, sort_keys=True)
    (output / METRICS).write_text(text, encoding="utf-8")


def merged(chunks: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    """Return the metrics of all trials from those of each chunk, as if they had been one.

    Counts are summed. The mean is weighted by the trials that ended with a result, and its error
    is that of all of them: their squares within the chunks, and those between the chunks' means.
    """
    found: Dict[str, Any] = {}
    for chunk in chunks:
        for name, count in chunk.items():
            if name.startswith("n_"):
                found[name] = found.get(name, 0) + count
    parts = [(one["n_trials"] - one["n_errors"], one) for one in chunks if "accuracy" in one]
    trials = sum(n for n, _ in parts)
    if trials:
        mean = sum(n * one["accuracy"] for n, one in parts) / trials
        squares = sum(
            (n - 1) * n * one["accuracy_stderr"] ** 2 + n * (one["accuracy"] - mean) ** 2
            for n, one in parts
        )
        found["accuracy"] = mean
        found["accuracy_stderr"] = math.sqrt(squares / max(trials - 1, 1) / trials)
    return found


def _merge(folder: Path, parts: Sequence[Path]) -> None:
    """Put what lies in folders into one; of equal names the later have their element's number."""
    folder.mkdir(parents=True, exist_ok=True)
    for element, part in enumerate(parts):
        for made in sorted(part.iterdir()):
            taken = (folder / made.name).exists()
            place = folder / (f"{made.name}.{element}" if taken else made.name)
            shutil.copytree(made, place) if made.is_dir() else shutil.copy2(made, place)


def _concatenate(path: Path, parts: Sequence[Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for part in parts:
            out.write(part.read_bytes())


if __name__ == "__main__":
    end(_main)
