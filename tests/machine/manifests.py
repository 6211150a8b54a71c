"""Random manifests for the state machine: a small value, what people do to it, and its YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

SECTIONS = {
    "dataset": "datasets",
    "training": "trainings",
    "consolidation": "consolidations",
    "eval": "evals",
    "script": "scripts",
}
READS = {
    "dataset": ("dataset",),
    "training": ("dataset",),
    "consolidation": ("training",),
    "eval": ("training", "consolidation"),
    "script": tuple(SECTIONS),
}
"""What each kind can read here."""

GIVEN = -1
"""The chunks of a dataset that nothing makes."""

DATA = tuple(f"data{seed}.jsonl" for seed in range(4))
"""The files that such datasets are."""

LOCK = {f"path:{name}": f"sha256:{sha256(name.encode()).hexdigest()}" for name in DATA}
"""Each holds its own name."""

MOST = 7
"""Resources in a manifest: enough for a chain with branches, few enough to be quick."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource: `seed` decides its result, `time`, `cpus` and `attempts` only how it is run.

    `chunks` counts for datasets: GIVEN is one that exists already. `orders` are the values of a
    matrix, none for no matrix.
    """

    kind: str
    name: str
    seed: int
    reads: tuple[str, ...] = ()
    chunks: int = 0
    orders: tuple[int, ...] = ()
    time: str = ""
    cpus: int = 0
    attempts: int = 1

    @property
    def given(self) -> bool:
        """Tell whether it is data that exists already."""
        return self.kind == "dataset" and self.chunks == GIVEN


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is declared, in the order it is written."""

    things: tuple[Thing, ...] = ()
    comment: str = ""

    def text(self) -> str:
        """Return the manifest as YAML."""
        sections: dict[str, dict[str, Any]] = {}
        for thing in self.things:
            sections.setdefault(SECTIONS[thing.kind], {})[thing.name] = _fields(thing)
        top = {"otplan": 1, "workspace": "lab", "code": "live", **sections}
        return f"# {self.comment}\n{json.dumps(top, indent=1)}\n"

    def add(self, thing: Thing) -> Manifest:
        """Declare one more thing, unless there are enough."""
        taken = any(thing.name == one.name for one in self.things)
        if taken or len(self.things) >= MOST:
            return self
        reads = tuple(name for name in dict.fromkeys(thing.reads) if self._readable(thing, name))
        if thing.kind in ("training", "consolidation") and not reads:
            return self
        return replace(self, things=(*self.things, replace(thing, reads=reads)))

    def _readable(self, thing: Thing, name: str) -> bool:
        return any(one.name == name and one.kind in READS[thing.kind] for one in self.things)

    def remove(self, i: int) -> Manifest:
        """Comment out a thing, with all that reads it."""
        gone = {self.things[i].name}
        for thing in self.things:
            if gone & set(thing.reads):
                gone.add(thing.name)
        return replace(self, things=tuple(one for one in self.things if one.name not in gone))

    def change(self, i: int, **fields: Any) -> Manifest:  # noqa: ANN401 - fields of a Thing
        """Change fields of a thing."""
        changed = replace(self.things[i], **fields)
        return replace(self, things=(*self.things[:i], changed, *self.things[i + 1 :]))

    def rename(self, names: Mapping[str, str], *, follow: bool) -> Manifest:
        """Give things other names; the references follow, or mean whoever has the name now."""
        return replace(
            self, things=tuple(_renamed(one, names, follow=follow) for one in self.things)
        )

    def reverse(self) -> Manifest:
        """Write it in another order."""
        return replace(self, things=self.things[::-1])


def _renamed(thing: Thing, names: Mapping[str, str], *, follow: bool) -> Thing:
    reads = tuple(names.get(name, name) for name in thing.reads) if follow else thing.reads
    return replace(thing, name=names.get(thing.name, thing.name), reads=reads)


def _fields(thing: Thing) -> dict[str, Any]:
    args: dict[str, Any] = {"seed": thing.seed}
    if thing.given:
        return {"source": {"path": DATA[thing.seed]}}
    fields: dict[str, Any] = {"attempts": thing.attempts}
    if thing.orders:
        fields["matrix"] = {"order": list(thing.orders)}
        args["order"] = "${matrix.order}"
    if thing.time:
        fields["slurm"] = {"time": thing.time}
    if thing.cpus:
        fields["cpus"] = thing.cpus
    return fields | _PROGRAMS[thing.kind](thing, {"script": "run.sh", "args": args})


def _dataset(thing: Thing, program: dict[str, Any]) -> dict[str, Any]:
    chunks = {"chunks": thing.chunks, "chunks_at_once": 1} if thing.chunks else {}
    return {"generate": program | _inputs(thing) | chunks}


def _training(thing: Thing, program: dict[str, Any]) -> dict[str, Any]:
    return program | {"model": "none", "datasets": list(thing.reads)}


def _consolidation(thing: Thing, program: dict[str, Any]) -> dict[str, Any]:
    return program | {"training": thing.reads[0]}


def _eval(thing: Thing, program: dict[str, Any]) -> dict[str, Any]:
    return program | {"model": thing.reads[0] if thing.reads else "base", "benchmark": "b"}


def _script(thing: Thing, program: dict[str, Any]) -> dict[str, Any]:
    return program | _inputs(thing)


def _inputs(thing: Thing) -> dict[str, Any]:
    return {"inputs": {"data": list(thing.reads)}} if thing.reads else {}


_PROGRAMS = {
    "dataset": _dataset,
    "training": _training,
    "consolidation": _consolidation,
    "eval": _eval,
    "script": _script,
}
