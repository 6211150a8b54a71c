"""What the Hub says of a repo, folded into evidence. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.hub import MARKER, SHARDS, Repo, made_of, repo_of

_NOTHING = frozenset({".gitattributes"})
"""What the Hub puts into a repo by itself: with this alone it is empty."""

_ABOUT = frozenset({"README.md", "LICENSE", "LICENSE.txt", MARKER})
"""What says something of data, and is none."""


@dataclass(frozen=True, slots=True)
class Published:
    """What `.otplan.json` says: whose, of which stage, by which attempt, and each file's bytes."""

    workspace: str
    address: str
    fingerprint: str
    attempt: int
    files: Mapping[str, int]


def read(content: bytes) -> Published | None:
    """Return what the marker of a repo says; None where the bytes are none."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    match told:
        case {
            "workspace": str(workspace),
            "address": str(address),
            "fingerprint": str(fingerprint),
            "attempt": int(attempt),
            "files": dict(files),
        }:
            return Published(workspace, address, fingerprint, attempt, files)
        case _:
            return None


def repo_at(folder: str) -> Repo:
    """Return the repo that the folder of a target names; raise ValueError for another place."""
    repo = repo_of(folder)
    if repo is None:
        raise ValueError(f"{folder} names no repo of the Hub")
    return repo


def described(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths in a repo, without what the Hub puts there by itself."""
    paths = (str(each["rfilename"]) for each in told.get("siblings") or ())
    return tuple(path for path in paths if path not in _NOTHING)


def given(repo: Repo, told: Mapping[str, Any]) -> Evidence:
    """Return what a repo that should exist already is: with content, and for a model, weights.

    Which of both a model is made of is told as the one name in `files`.
    """
    files = described(told)
    if not files:
        return Evidence(Finding.EMPTY, why=f"{repo} is empty")
    if repo.kind == "dataset" and _ABOUT.issuperset(files):
        return Evidence(Finding.EMPTY, why=f"{repo} holds no data")
    if repo.kind == "dataset" and _counted(told.get("cardData")) == 0:
        return Evidence(Finding.EMPTY, why=f"{repo} has no rows, as its card says")
    kind = made_of(files) if repo.kind == "model" else "data"
    if not kind:
        return Evidence(Finding.EMPTY, why=f"{repo} holds no weights")
    return Evidence(Finding.VERIFIED, output=str(repo.at(str(told["sha"]))), files={kind: 1})


def _counted(card: object) -> int | None:
    """Return how many rows the card of a dataset counts; None where it does not count all.

    Who pushes with `datasets` leaves there the rows of each split, of each configuration
    (huggingface.co/docs/hub/datasets-cards).
    """
    about = card.get("dataset_info") if isinstance(card, Mapping) else None
    counts: list[object] = []
    for one in about if isinstance(about, list) else [about]:
        splits = one.get("splits") if isinstance(one, Mapping) else None
        counts += [
            split.get("num_examples") if isinstance(split, Mapping) else None
            for split in (splits if isinstance(splits, list) else [None])
        ]
    numbers = [count for count in counts if isinstance(count, int)]
    return sum(numbers) if len(numbers) == len(counts) else None


def only_shards(evidence: Evidence) -> bool:
    """Tell whether a model is there as shards of a checkpoint alone: to be consolidated first."""
    return list(evidence.files) == [SHARDS]


def made(target: Target, repo: Repo, told: Mapping[str, Any], marker: bytes) -> Evidence:
    """Return whose a published repo is, and whether it is this: `marker` is its `.otplan.json`.

    What our own workspace published there before is ABSENT: it is to be published over.
    """
    files = described(told)
    published = read(marker)
    if not files:
        return Evidence(Finding.ABSENT, why=f"{repo} is empty")
    if published is None:
        why = f"{repo} holds {len(files)} files and no {MARKER} of otplan"
        return Evidence(Finding.FOREIGN, why=why)
    if published.workspace != target.owner:
        why = f"{repo} was published by another workspace, as {published.address}"
        return Evidence(Finding.FOREIGN, why=why)
    if published.fingerprint != target.fingerprint:
        return Evidence(Finding.ABSENT, why=f"{repo} holds another {published.address}")
    lacking = next((path for path in published.files if path not in files), "")
    if lacking:
        return Evidence(Finding.EMPTY, why=f"{repo} is no longer whole: {lacking} is not there")
    at = str(repo.at(str(told["sha"])))
    return Evidence(Finding.VERIFIED, published.attempt, at, dict(published.files))
