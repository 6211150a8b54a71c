"""The registry in a file keeps what every registry promises."""

from functools import partial
from pathlib import Path

import pytest

from otplan.registries.table import REGISTRIES
from tests.conformance.registries import RegistrySuite
from tests.conformance.registry_writers import Maker


class TestSqlite(RegistrySuite):
    @pytest.fixture
    def maker(self, tmp_path: Path) -> Maker:
        return partial(REGISTRIES["sqlite"], str(tmp_path / "otplan.sqlite"))
