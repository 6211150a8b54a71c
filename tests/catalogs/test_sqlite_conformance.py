"""The catalog in a file keeps what every catalog promises."""

from functools import partial
from pathlib import Path

import pytest

from otplan.catalogs.table import CATALOGS
from tests.conformance.catalogs import CatalogSuite, Maker


class TestSqlite(CatalogSuite):
    @pytest.fixture
    def maker(self, tmp_path: Path) -> Maker:
        return partial(CATALOGS["sqlite"], str(tmp_path / "otplan.sqlite"))
