"""Measure an n-gram model on held-out texts: bits per character, or the next character's guess."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from heapq import nsmallest
from pathlib import Path

from ngram import (
    Model,
    Trouble,
    bits,
    distribution,
    documents,
    folder,
    ratio,
    read_json,
    run,
    write_json,
)

CUTS = 8  # places in each text at which the next character is to be guessed

Metrics = dict[str, float]


def main() -> None:
    """Write metrics.json: a task's values, their standard errors, and n, the number of rows."""
    options = _options()
    model = _model(folder("OTPLAN_INPUT_MODEL") / "model.json")
    texts = documents("OTPLAN_INPUT_HELDOUT")[: options.limit]
    if len(texts) == 1:
        raise Trouble("one row has no standard error: there must be two or more")
    metrics = TASKS[options.task](model, texts) | {"n": len(texts)}
    write_json(folder("OTPLAN_OUTPUT") / "metrics.json", metrics)
    print(", ".join(f"{name} {value:.6g}" for name, value in metrics.items()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--limit", type=int, help="take at most so many rows (default: all)")
    options = parser.parse_args()
    if options.limit is not None and options.limit < 1:
        parser.error("--limit must be at least 1")
    return options


def _model(path: Path) -> Model:
    try:
        return Model(**read_json(path))
    except TypeError:
        raise Trouble(f"{path} is not a consolidated model") from None


def _bits(model: Model, texts: Sequence[str]) -> Metrics:
    parts = [(bits(model, text), len(text)) for text in texts]
    return _with_error("bits_per_character", parts)


def _completion(model: Model, texts: Sequence[str]) -> Metrics:
    trials = [_trials(model, text) for text in texts]
    first = [(sum(true == best[0] for true, best in row), len(row)) for row in trials]
    top5 = [(sum(true in best for true, best in row), len(row)) for row in trials]
    return _with_error("accuracy", first) | _with_error("accuracy_top5", top5)


def _trials(model: Model, text: str) -> list[tuple[str, list[str]]]:
    # The true next character and the likeliest ones, for each place.
    cuts = sorted({len(text) * cut // CUTS for cut in range(CUTS)})
    return [(text[cut], _likeliest(model, text[:cut])) for cut in cuts]


def _likeliest(model: Model, before: str) -> list[str]:
    shares = distribution(model, before)
    return nsmallest(5, shares, key=lambda char: (-shares[char], char))


def _with_error(name: str, parts: Sequence[tuple[float, int]]) -> Metrics:
    value, error = ratio(parts)
    return {name: value, f"{name}_stderr": error}


TASKS: dict[str, Callable[[Model, Sequence[str]], Metrics]] = {
    "bits": _bits,
    "completion": _completion,
}


if __name__ == "__main__":
    raise SystemExit(run(main))
