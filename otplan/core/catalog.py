"""Rows of the project's own tables: what was made, for people who never saw the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from otplan.core.values import Value
from otplan.errors import Refused

DEMANDED: Mapping[str, tuple[str, ...]] = {
    "datasets": ("created_by", "type"),
    "models": ("created_by", "type", "agent", "started"),
    "evals": ("agent", "user"),
}
"""What the tables of a project demand (schema/supabase/catalog) and not every stage knows."""

TRIAL_ROWS = "trial_rows"
"""The value of an eval's row that says which trials have rows of their own: count and digest.

It is written after them, so that whoever finds it as it should be finds them as well.
"""

_TOLD = ("created_by", "type", "agent")
_BY = " · "


@dataclass(frozen=True, slots=True, order=True)
class CatalogKey:
    """A table of the catalog and the name that is unique in it."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One row: its key, its columns, and who made it (workspace id, address, fingerprint).

    `manifest` is the one that declares it. `once` is said when the row is made, and never compared.
    """

    key: CatalogKey
    values: Mapping[str, Value]
    workspace: str = ""
    address: str = ""
    fingerprint: str = ""
    manifest: str = ""
    once: Mapping[str, Value] = field(default_factory=dict, compare=False)

    @property
    def owner(self) -> tuple[str, str, str, str]:
        """Return who made it."""
        return self.workspace, self.address, self.fingerprint, self.manifest

    def denied(self, place: str) -> Refused:
        """Return why nobody else writes this row of the catalog at a place."""
        return Refused(
            "denied",
            f"`{self.key.name}` in table `{self.key.table}` of the catalog {place}"
            f" was written by {self.writer}: it stays as it is",
            "Give the resource another name, or the manifest a catalog of its own.",
        )

    @property
    def writer(self) -> str:
        """Say who wrote it: an address of a manifest, or a person."""
        whose = self.manifest or f"workspace {self.workspace}"
        return f"{self.address} of {whose}" if self.workspace else "hand"

    def ours(self, there: CatalogRow) -> bool:
        """Tell whether a row that is there is of our workspace; one never applied wrote none."""
        return bool(self.workspace) and there.workspace == self.workspace

    def without(self, column: str) -> CatalogRow:
        """Return it without one of its columns."""
        return replace(self, values={k: v for k, v in self.values.items() if k != column})

    def differing(self, there: CatalogRow) -> tuple[str, ...]:
        """Return the columns that this row speaks of and another one has otherwise."""
        old = there.values
        return tuple(name for name in sorted(self.values) if self.values[name] != old.get(name))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the catalog's tables ask for and no stage knows: `catalog` of the manifest.

    In a `shared` catalog rows of several projects and people stand side by side.
    """

    shared: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a kind may say in a catalog row: evidence and times of the stage that made it.

    `inputs` maps each input's name to the catalog names of what was read. `name` is its own.
    `revision` is the commit of its repo: None where it is not published yet, empty where there is
    no repo, or its Hub cannot tell.
    `wandb` is the page of its run, where W&B said that it is over.
    """

    fingerprint: str
    output: str
    metrics: Mapping[str, Value]
    started: int = 0
    ended: int = 0
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = ""
    revision: str | None = ""
    wandb: str = ""


def told(table: str) -> tuple[str, ...]:
    """Return what a table demands and only people know: `catalog` of the manifest says it."""
    return tuple(word for word in DEMANDED.get(table, ()) if word in _TOLD)


def of_eval(agent: str, model: str, benchmark: str) -> str:
    """Return the name of an eval: who was measured, with what, on what."""
    return _BY.join((agent, model, benchmark))


def parts(name: str) -> tuple[str, str, str]:
    """Return agent, model and benchmark of an eval's name; empty where it is no such name."""
    agent, model, benchmark, *_ = (*name.split(_BY), "", "", "")
    return agent, model, benchmark
