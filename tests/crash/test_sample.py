"""A few deaths for every day; the others are in the slow tests beside."""

import subprocess
import sys

import pytest

from tests.crash.settled import goes_on, quiet
from tests.crash.site import Site
from tests.crash.strokes import Stroke


@pytest.mark.parametrize(
    "stroke",
    [
        pytest.param(Stroke("registry.intend", 2, "after"), id="an intent without a job"),
        pytest.param(Stroke("scheduler.submit", 3, "after"), id="a job that is not noted"),
        pytest.param(Stroke("shell.spawn"), id="jobs that nobody runs"),
        pytest.param(Stroke("catalog.write", 2, "while", 0.0001), id="while it waits"),
    ],
)
def test_an_apply_that_was_killed_is_gone_on_with(site: Site, stroke: Stroke) -> None:
    killed = site.apply(stroke)

    assert killed.code == -9
    goes_on(site)


def test_a_job_that_ended_before_anybody_looked_is_not_made_again(site: Site) -> None:
    site.apply(Stroke("scheduler.submit", 1, "after"))
    runner = [sys.executable, "-m", "otplan.schedulers.local.runner", str(site.state / "local")]
    subprocess.run(runner, check=True)
    quiet(site)
    ended = len(site.started)

    goes_on(site)

    assert ended == 2
