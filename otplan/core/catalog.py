"""Rows of the project's own tables: what was made, for people who never saw the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from otplan.core.values import Value


@dataclass(frozen=True, slots=True, order=True)
class CatalogKey:
    """A table of the catalog and the name that is unique in it."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One row: its key, its columns, and who made it (workspace id, address, fingerprint)."""

    key: CatalogKey
    values: Mapping[str, Value]
    workspace: str = ""
    address: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a kind may say in a catalog row: evidence and times of the stage that made it.

    `inputs` maps each input's name to the catalog names of what was read.
    """

    fingerprint: str
    output: str
    metrics: Mapping[str, Value]
    started: int = 0
    ended: int = 0
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
