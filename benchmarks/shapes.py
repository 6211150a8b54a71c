"""The graphs that are planned: who reads whom, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

BLOCK = 26
"""Resources of one pipeline: 1 dataset, 5 trainings, 5 consolidations, 15 evals."""


@dataclass(frozen=True, slots=True)
class Node:
    """One resource: the section it stands in, its fields, and the name it is known by.

    A field may hold a `Read`, or a list of them, where it names another resource.
    """

    section: str
    name: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Read:
    """A reference to another resource, by name; each writer has its own notation for it."""

    name: str


def pipeline(size: int) -> Iterator[Node]:
    """Yield whole pipelines, side by side, until there are `size` resources or a few more."""
    for block in range(-(-size // BLOCK)):
        yield from _pipeline(block)


def chain(size: int) -> Iterator[Node]:
    """Yield programs of which each reads the one before: the deepest graph of its size."""
    yield Node("scripts", "step-0", {"script": "work.py"})
    for n in range(1, size):
        inputs = {"previous": Read(f"step-{n - 1}")}
        yield Node("scripts", f"step-{n}", {"script": "work.py", "inputs": inputs})


def fan_out(size: int) -> Iterator[Node]:
    """Yield one dataset that all the other resources read: the widest graph of its size."""
    yield _dataset("data", seed=0)
    for n in range(1, size):
        yield _training(f"train-{n}", "data", seed=n)


SHAPES: Mapping[str, Callable[[int], Iterator[Node]]] = {
    "pipeline": pipeline,
    "chain": chain,
    "fan-out": fan_out,
}


def _pipeline(block: int) -> Iterator[Node]:
    yield _dataset(f"data-{block}", seed=block)
    for n in range(5):
        trained, merged = f"train-{block}-{n}", f"merged-{block}-{n}"
        yield _training(trained, f"data-{block}", seed=n)
        yield Node("consolidations", merged, {"training": Read(trained), "script": "work.py"})
        for task in ("math", "code", "chat"):
            fields = {"model": Read(merged), "benchmark": task, "script": "work.py"}
            yield Node("evals", f"{task}-{block}-{n}", fields)


def _dataset(name: str, *, seed: int) -> Node:
    return Node("datasets", name, {"generate": {"script": "work.py", "args": {"seed": seed}}})


def _training(name: str, dataset: str, *, seed: int) -> Node:
    fields = {
        "model": "base",
        "datasets": [Read(dataset)],
        "script": "work.py",
        "args": {"seed": seed},
    }
    return Node("trainings", name, fields)
