"""The registry on Supabase keeps what every registry promises."""

from functools import partial

import pytest

from otplan.registries.table import REGISTRIES
from tests.conformance.registries import RegistrySuite
from tests.conformance.registry_writers import Maker
from tests.conformance.supabase_lab import environment

pytestmark = pytest.mark.services


class TestSupabase(RegistrySuite):
    @pytest.fixture
    def maker(self, monkeypatch: pytest.MonkeyPatch) -> Maker:
        for name, value in environment().items():
            monkeypatch.setenv(name, value)
        return partial(REGISTRIES["supabase"], "")
