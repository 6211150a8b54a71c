"""Random histories of one workspace whose registry is a real Supabase."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from otplan.core.record import Recorded
from otplan.registries.supabase import SupabaseRegistry, of_environment
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import environment
from tests.machine.machine import Machine
from tests.machine.test_machine import QUIETLY
from tests.machine.world import Rules

HISTORIES = int(os.environ.get("OTPLAN_HISTORIES", "5"))


class Apart:
    """A registry in which every workspace is one, under a name that no other history has."""

    def __init__(self, there: SupabaseRegistry) -> None:
        self._there = there
        self._name = fresh()

    @property
    def place(self) -> str:
        return self._there.place

    def read(self, workspace: str) -> Recorded:
        return replace(self._there.read(self._name), workspace=workspace)

    def recall(self, workspace: str) -> Recorded:
        return self._there.recall(workspace)

    def __getattr__(self, attribute: str) -> Callable[..., Any]:
        there = getattr(self._there, attribute)
        return lambda _, *more, **named: there(self._name, *more, **named)


def _opened(_: Path) -> Any:  # noqa: ANN401 - a Registry by __getattr__
    return Apart(of_environment("", environment()))


class Team(Machine):
    """A cluster as any other, and the team's registry."""

    house = Rules(registry=_opened)


@pytest.mark.services
@pytest.mark.timeout(120 * HISTORIES)
def test_nothing_runs_twice_nothing_is_lost_and_all_settles_with_the_teams_registry() -> None:
    run_state_machine_as_test(Team, settings=settings(QUIETLY, max_examples=HISTORIES))
