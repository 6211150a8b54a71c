"""What the quickstart's programs share: the contract of a job, and a character n-gram model."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from pathlib import Path
from typing import Any

Row = dict[str, int]
Counts = dict[str, Row]

START, END = "\x02", "\x03"
CODE_POINTS = sys.maxunicode + 1


class Trouble(Exception):
    """Say in one line what the job cannot go on without."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model whose counts are by context, which is the up to order - 1 characters before."""

    order: int
    discount: float
    counts: Counts


@dataclass(frozen=True, slots=True)
class Index:
    """What the shards of a model add up to; `shards` gives the number of contexts by file name."""

    order: int
    discount: float
    contexts: int
    shards: dict[str, int]


def run(program: Callable[[], None]) -> int:
    """Return the exit code of a program, with an expected trouble told in one line on stderr."""
    try:
        program()
    except (Trouble, OSError) as trouble:
        print(f"{Path(sys.argv[0]).name}: {trouble}", file=sys.stderr)
        return 1
    return 0


def folder(variable: str) -> Path:
    """Return the existing folder that an OTPLAN_ variable names."""
    folders = _folders(variable)
    if len(folders) != 1:
        raise Trouble(f"{variable} names {len(folders)} folders where one is expected")
    return folders[0]


def documents(variable: str) -> list[str]:
    """Return the texts, none empty, of the datasets an OTPLAN_INPUT_ variable names, in order."""
    texts = [text for place in _folders(variable) for text in _texts(place / "data.jsonl")]
    if not texts:
        raise Trouble(f"the datasets of {variable} have no text")
    return texts


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file that a job cannot do without."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Trouble(f"{path} is missing") from None
    except ValueError as error:
        raise Trouble(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Trouble(f"{path} does not hold a JSON object")
    return found


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(value) + "\n", encoding="utf-8")
    draft.replace(path)


def add(counts: Counts, texts: Iterable[str], order: int) -> None:
    """Count into `counts` every character of the texts after each of its contexts."""
    seen = Counter(gram for text in texts for gram in _grams(text, order))
    for gram, times in seen.items():
        for start in range(order):
            row = counts.setdefault(gram[start:-1], {})
            row[gram[-1]] = row.get(gram[-1], 0) + times


def bits(model: Model, text: str) -> float:
    """Return what a text and its end cost in bits."""
    seen = Counter(_grams(text, model.order))
    return -sum(times * log2(_probability(model, gram)) for gram, times in seen.items())


def distribution(model: Model, before: str) -> dict[str, float]:
    """Return the probability of each known character, or the end, after the text `before`."""
    context = _pad(before, model.order)[len(before) :]
    shares = dict.fromkeys(model.counts[""], 1 / CODE_POINTS)
    for row in _rows(model, context):
        total = sum(row.values())
        left = model.discount * len(row) / total
        shares = {char: left * share for char, share in shares.items()}
        for char, times in row.items():
            shares[char] += (times - model.discount) / total
    return shares


def ratio(parts: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Return sum of amounts / sum of sizes, of two or more independent parts, and its error.

    The linearised standard error of a ratio estimator: Cochran, Sampling Techniques, chapter 6.
    """
    size = sum(part[1] for part in parts)
    value = sum(part[0] for part in parts) / size
    squares = sum((amount - value * weight) ** 2 for amount, weight in parts)
    return value, sqrt(squares * len(parts) / (len(parts) - 1)) / size


def _probability(model: Model, gram: str) -> float:
    share = 1 / CODE_POINTS
    for row in _rows(model, gram[:-1]):
        counted = max(row.get(gram[-1], 0) - model.discount, 0.0)
        share = (counted + model.discount * len(row) * share) / sum(row.values())
    return share


def _rows(model: Model, context: str) -> Iterable[Mapping[str, int]]:
    # Shortest context first. Where one was never seen, no longer one was either.
    for length in range(model.order):
        row = model.counts.get(context[len(context) - length :])
        if row is None:
            return
        yield row


def _grams(text: str, order: int) -> Iterable[str]:
    padded = _pad(text, order) + END
    return (padded[start : start + order] for start in range(len(text) + 1))


def _pad(text: str, order: int) -> str:
    return START * (order - 1) + text


def _folders(variable: str) -> list[Path]:
    folders = [Path(line) for line in os.environ.get(variable, "").splitlines() if line]
    if not folders:
        raise Trouble(f"{variable} is not set: run this as a job of otplan, or set it to a folder")
    for place in folders:
        if not place.is_dir():
            raise Trouble(f"{variable} names {place}, which is not a folder")
    return folders


def _texts(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts = ["\n".join(turn["value"] for turn in row["conversations"]) for row in rows]
    except FileNotFoundError:
        raise Trouble(f"{path} is missing") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{path} does not hold one ShareGPT conversation a line") from error
    return [text for text in texts if text]
