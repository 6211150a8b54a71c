"""The runner dies, or the machine: what runs is found again, and what was lost is made again."""

import os
import signal
from contextlib import suppress
from random import Random
from threading import Event, Thread

import pytest

from tests.crash.settled import goes_on, settled
from tests.crash.site import APPLY, Site
from tests.crash.strokes import Stroke

ELEMENTS = 2
RUNNER = "otplan.schedulers.local.runner"


@pytest.mark.slow
def test_a_runner_that_is_killed_while_apply_waits_is_replaced(site: Site) -> None:
    over = Event()
    killer = Thread(target=_kill_runners, args=(site, over, Random(1)))  # noqa: S311
    killer.start()

    done = site.apply()

    over.set()
    killer.join()
    assert done.code == 0, site.said
    settled(site)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_runner_and_apply_killed_at_random_lose_nothing(site: Site, seed: int) -> None:
    random, over = Random(seed), Event()  # noqa: S311 - which instants does not matter
    killer = Thread(target=_kill_runners, args=(site, over, random))
    killer.start()

    site.apply(Stroke("time", delay=random.uniform(0, 2)))

    over.set()
    killer.join()
    goes_on(site)


@pytest.mark.parametrize("allowed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_what_ran_when_the_machine_went_down_is_made_again(site: Site, allowed: int) -> None:
    cluster = site.folder / "clusters" / "local.yaml"
    cluster.write_text(f"{cluster.read_text()}interruptions: {allowed}\n")
    site.gate.unlink()
    site.otplan(*APPLY)
    site.until(lambda: len(site.started) == ELEMENTS)

    _go_down(site)
    site.gate.touch()
    again = site.apply()

    assert "lost its node" in site.said
    if allowed == 0:
        assert again.code == 6, site.said
        assert site.otplan("retry", "-m", "manifest.yaml", "pairs").code == 0, site.said
        again = site.apply()
    assert again.code == 0, site.said
    assert sorted(site.started.values()) == [1, 1, 1, 1, 2, 2]
    assert site.otplan("plan", "manifest.yaml", "--detailed-exitcode").code == 0, site.said


def _kill_runners(site: Site, over: Event, random: Random) -> None:
    """Kill every runner now and then."""
    while not over.wait(random.uniform(0.05, 0.3)):
        for pid in site.processes(RUNNER):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _go_down(site: Site) -> None:
    """Kill all that runs there, and let the queue have been written under another boot."""
    while pids := site.processes():
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    site.ask("local/queue.db", "UPDATE elements SET boot = 'before' WHERE state = 'RUNNING'")
