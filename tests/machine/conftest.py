"""Small worlds for the lessons: one cluster, two users, nothing declared yet."""

from collections.abc import Iterator

import pytest

from otplan.schedulers.faults import Site
from tests.machine.machine import ROOT
from tests.machine.world import Rules, World


@pytest.fixture
def world() -> Iterator[World]:
    yield from _made(Rules())


@pytest.fixture
def forgetting() -> Iterator[World]:
    """Make one without accounting: nobody knows a job for long."""
    yield from _made(Rules(Site(accounting=False)))


@pytest.fixture
def crowded() -> Iterator[World]:
    """Make one with room for one job beside those of others."""
    yield from _made(Rules(Site(most=3)))


@pytest.fixture
def private() -> Iterator[World]:
    """Make one that shows each user only their own jobs, and forgets them."""
    yield from _made(Rules(Site(accounting=False), private=True))


def _made(rules: Rules) -> Iterator[World]:
    made = World(ROOT, rules)
    yield made
    made.close()
