"""A command whose clock is a day ahead or behind submits nothing twice."""

import pytest

from tests.crash.settled import goes_on
from tests.crash.site import Site
from tests.crash.strokes import Stroke

DAY = 86400

INSTANTS = {
    "an intent without a job": Stroke("registry.intend", 2, "after"),
    "a job that is not noted": Stroke("scheduler.submit", 2, "after"),
    "jobs that run": Stroke("shell.spawn", 1, "after"),
}


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize(("first", "then"), [(DAY, 0), (-DAY, 0), (0, DAY), (0, -DAY)])
@pytest.mark.slow
def test_whatever_the_clocks_say_nothing_is_submitted_twice(
    site: Site, instant: str, first: int, then: int
) -> None:
    killed = site.apply(INSTANTS[instant], ahead=first)

    assert killed.code == -9
    goes_on(site, ahead=then)
