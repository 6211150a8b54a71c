"""The catalog on Supabase keeps what every catalog promises."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from otplan.catalogs.protocol import Catalog
from otplan.catalogs.supabase import SupabaseCatalog
from otplan.core.catalog import CatalogKey, CatalogRow, of_eval
from otplan.core.values import Value
from otplan.shell.keys import session
from otplan.shell.postgrest import Service
from tests.conformance.catalogs import CatalogSuite, Maker
from tests.conformance.supabase_lab import environment

pytestmark = pytest.mark.services

DEMANDED: dict[str, dict[str, Value]] = {
    "datasets": {"created_by": "us", "cluster": "here", "location": "/d", "type": "SFT"},
    "models": {
        "created_by": "us",
        "cluster": "here",
        "location": "/m",
        "started": 1,
        "agent": "terminus-2",
    },
}


MEASURED = CatalogKey("models", f"org/{uuid4().hex}")
"""A model that evals can be of."""


class TestSupabase(CatalogSuite):
    @pytest.fixture
    def maker(self) -> Maker:
        opened().write([CatalogRow(MEASURED, DEMANDED["models"], "id-of-others")])
        return opened

    def key(self, table: str = "models") -> CatalogKey:
        """Return the key of a row that is not there yet."""
        if table != "evals":
            return super().key(table)
        return CatalogKey(table, of_eval("terminus-2", MEASURED.name, uuid4().hex))

    def row(
        self, key: CatalogKey, workspace: str, values: Mapping[str, Value] | None = None
    ) -> CatalogRow:
        """Return a row with all that the tables demand."""
        given = super().row(key, workspace, values)
        if key.table == "evals":
            agent, model, benchmark = key.name.split(" · ")
            demanded = {
                "name": "e",
                "user": "us",
                "version": "1",
                "trials": 0,
                "repetitions": 1,
                "agent": agent,
                "model": model,
                "benchmark": benchmark,
                "status": "Finished",
            }
        else:
            demanded = DEMANDED[key.table]
        return CatalogRow(key, {**demanded, **given.values}, workspace, given.address, "v1:a")


def opened() -> Catalog:
    """Return it with the key of who may write."""
    return SupabaseCatalog(Service("catalog", session(environment())))
