"""Rows of the task `docstrings`: a signature, and four beginnings of which one is its own."""

import json
import os
from pathlib import Path

from datasets import Dataset

CHOICES = 4


def rows(**_: object) -> dict[str, Dataset]:
    """Return the split `test`, made of the conversations in the input `heldout`."""
    heldout = Path(os.environ["OTPLAN_INPUT_HELDOUT"], "data.jsonl")
    lines = heldout.read_text(encoding="utf-8").splitlines()
    pairs = [[turn["value"] for turn in json.loads(line)["conversations"]] for line in lines]
    return {"test": Dataset.from_list([_row(number, pairs) for number in range(len(pairs))])}


def _row(number: int, pairs: list[list[str]]) -> dict[str, object]:
    """Return one question: its own answer is the first, second ... choice in turn."""
    answer = number % CHOICES
    near = [pairs[(number - answer + place) % len(pairs)] for place in range(CHOICES)]
    choices = [docstring.splitlines()[0] for _, docstring in near]
    return {"signature": pairs[number][0], "choices": choices, "answer": answer}
