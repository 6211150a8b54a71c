"""The story of `otplan registry copy`: a workspace moves to another registry, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import msgspec

from otplan.core.record import Attempt, Fact, Recorded
from otplan.errors import ForeignState, OtplanError, Usage
from otplan.operations.ground import Ground
from otplan.operations.hold import holding
from otplan.operations.progress import Said
from otplan.registries.protocol import Registry
from otplan.registries.table import REGISTRIES, named

AT_ONCE = 500
"""Rows that are sent together: some hundred kilobytes."""

Row: TypeAlias = Attempt | Fact | int
"""An approval is its number here: each holds a whole graph, and is read when it is copied."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows a target lacked."""

    approvals: int
    attempts: int
    facts: int


def registry_at(place: str) -> Registry:
    """Return the registry at a path or URL; `supabase` is the one that the keys are for."""
    if place == "supabase":
        return REGISTRIES[place]("")
    kind = named(place)
    return REGISTRIES[kind](str(Path(place).resolve()) if kind == "sqlite" else place)


def copy(ground: Ground, target: Registry, *, dry: bool) -> Copied:
    """Copy all that is recorded of the workspace, and return what the target lacked.

    A copy that was cut short goes on where it stopped. Raise Usage where nothing is recorded, and
    ForeignState where the target has another workspace of that name, or any other row.
    """
    lacking = _lacking(ground, target)
    if not dry:
        with holding(ground), holding(replace(ground, registry=target)):
            _fill(ground, target, lacking)
            left = _lacking(ground, target)
        if left:
            raise OtplanError(
                f"{len(left)} rows are not in {target.place}: they were written meanwhile",
                "Give the same command again: it copies what is missing.",
            )
    kinds = [type(row) for row in lacking]
    return Copied(kinds.count(int), kinds.count(Attempt), kinds.count(Fact))


def _lacking(ground: Ground, target: Registry) -> list[Row]:
    """Return the rows that the target lacks, in order; raise ForeignState where it has others."""
    here, there = ground.registry.read(ground.workspace), target.read(ground.workspace)
    if ground.registry.place == target.place:
        raise Usage(f"{target.place} is the registry to copy from")
    if not here.id:
        raise Usage(f"{ground.registry.place} has no workspace `{ground.workspace}`")
    if there.id and (there.id, there.manifest) != (here.id, here.manifest):
        raise ForeignState(
            f"{target.place} has a workspace `{ground.workspace}` already, {there.id} of"
            f" {there.manifest}; {ground.registry.place} has {here.id} of {here.manifest}",
            "Two workspaces are not mixed: copy to another registry.",
        )
    wanted = dict(_rows(ground, ground.registry, here))
    found = dict(_rows(ground, target, there))
    other = [key for key, (seal, _) in found.items() if key not in wanted or wanted[key][0] != seal]
    if other:
        raise ForeignState(
            f"{target.place} has {len(other)} rows that {ground.registry.place} has not, or has"
            f" otherwise; one is {other[0]}",
            "It went on by itself since a copy: then it is the newer one, and the one to keep.",
        )
    return [row for key, (_, row) in wanted.items() if key not in found]


def _rows(
    ground: Ground, registry: Registry, recorded: Recorded
) -> Iterator[tuple[str, tuple[str, Row]]]:
    """Yield each row under its key, with a seal that tells it from any other."""
    newest = recorded.approval.number if recorded.approval else 0
    for number in range(1, newest + 1):
        _tell(ground, f"comparing approval {number:,} of {newest:,}")
        yield f"approval {number}", (_seal(registry.approval(ground.workspace, number)), number)
    for attempt in recorded.attempts:
        yield f"attempt {attempt.n} of {attempt.fingerprint}", (_seal(attempt), attempt)
    for fact in recorded.facts:
        yield f"fact {fact.id}", (_seal(fact), fact)


def _seal(row: object) -> str:
    return sha256(msgspec.json.encode(row)).hexdigest()


def _fill(ground: Ground, target: Registry, rows: list[Row]) -> None:
    """Write rows in their order: approvals give the attempts their permission."""
    name, recorded = ground.workspace, ground.registry.read(ground.workspace)
    target.found(name, recorded.manifest, recorded.id)
    for number in [row for row in rows if isinstance(row, int)]:
        _tell(ground, f"copying approval {number:,}")
        approval = ground.registry.approval(name, number)
        if approval is not None:
            target.approve(name, approval.graph, approval.user, approval.at)
    newest = recorded.approval.number if recorded.approval else 0
    attempts = [row for row in rows if isinstance(row, Attempt)]
    for start in range(0, len(attempts), AT_ONCE):
        _tell(ground, f"copying attempt {start + 1:,} of {len(attempts):,}")
        target.intend(name, newest, attempts[start : start + AT_ONCE])
    facts = [row for row in rows if isinstance(row, Fact)]
    for start in range(0, len(facts), AT_ONCE):
        _tell(ground, f"copying fact {start + 1:,} of {len(facts):,}")
        target.note(name, facts[start : start + AT_ONCE])


def _tell(ground: Ground, text: str) -> None:
    ground.person.progress.tell(Said("registry", text, passing=True))
