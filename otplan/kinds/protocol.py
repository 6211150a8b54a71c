"""What a kind is: how a resource becomes stages, what must hold of it, and its catalog row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.errors import Diagnostic


class Kind(Protocol):
    """A kind is a module: these names at its top are all that is known of it."""

    NAME: str
    """As in an address: `training`."""

    SECTION: str
    """The manifest's key: `trainings`. Its fields are in schema/sections/<SECTION>.yaml."""

    TABLE: str
    """The table of the catalog that has its rows."""

    def stages(self, resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
        """Return the stages, in the order they run; the last with `content` is the product."""
        ...

    def checks(self, resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:
        """Return what is wrong that the schema cannot say."""
        ...

    def catalog(self, resource: Resource, facts: Facts) -> CatalogRow | None:
        """Return the row that tells people what was made, if this kind has one."""
        ...
