"""Kill apply at any time, and the one that goes on, and the one after that."""

from random import Random

import pytest

from tests.crash.settled import goes_on
from tests.crash.site import Site
from tests.crash.strokes import Stroke

LONGEST = 1.5
"""Seconds in which an apply that waits is over, on a machine with little else to do."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_applies_killed_at_any_time_are_gone_on_with(site: Site, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - which instants does not matter

    for _ in range(random.randint(1, 3)):
        done = site.apply(Stroke("time", delay=random.uniform(0, LONGEST)))
        assert done.code in (0, -9), site.said

    goes_on(site)
