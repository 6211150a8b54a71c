"""Two commands on one workspace at once: no stage is submitted twice, with courtesy or without."""

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.driver import Errand, Return
from tests.crash.settled import JOBS, gets_there, goes_on
from tests.crash.site import APPLY, Driver, Site
from tests.crash.strokes import Stroke

BUSY, PARTLY = 4, 6
ELEMENTS = 2
SLOW = pytest.mark.slow


@pytest.fixture
def other() -> Iterator[Driver]:
    """Return a second process, beside the one of the site."""
    driver = Driver()
    yield driver
    driver.close()


def test_who_comes_second_is_told_that_somebody_is_applying(site: Site, other: Driver) -> None:
    site.driver.send(
        replace(site.errand(*APPLY), stroke=Stroke("scheduler.submit", 2, signal="SIGSTOP"))
    )
    stopped = _stopped(site)

    other.send(_beside(site.errand(*APPLY)))
    second = other.receive()

    os.kill(stopped, signal.SIGCONT)
    assert second.code == BUSY
    assert f"(process {stopped}) is applying" in (site.place / "beside").read_text()
    assert site.driver.receive().code == 0
    goes_on(site)


@pytest.mark.slow
def test_the_place_of_one_that_was_killed_is_taken_at_once(site: Site) -> None:
    site.apply(Stroke("registry.busy", 1, "after"))
    left = site.recorded.holder

    goes_on(site)

    assert left


@pytest.mark.parametrize(
    ("stroke", "twins"),
    [
        pytest.param(Stroke("registry.approve"), 0, id="before its approval", marks=SLOW),
        pytest.param(Stroke("registry.intend", 2), 0, id="before an intent"),
        pytest.param(Stroke("scheduler.submit", 2), 1, id="before a job", marks=SLOW),
        pytest.param(Stroke("registry.note", 2), 0, id="before a note", marks=SLOW),
    ],
)
def test_one_that_slept_while_its_place_was_taken_submits_next_to_nothing(
    site: Site, other: Driver, stroke: Stroke, twins: int
) -> None:
    site.driver.send(replace(site.errand(*APPLY), stroke=replace(stroke, signal="SIGSTOP")))
    stopped = _stopped(site)
    site.ask("registry.db", "DELETE FROM busy")

    other.send(_beside(replace(site.errand(*APPLY, "--wait"), rude=True)))
    other.receive()
    os.kill(stopped, signal.SIGCONT)
    first = site.driver.receive()

    assert first.code == PARTLY, site.said
    assert len(site.jobs) == JOBS + twins
    gets_there(site)


def test_a_twin_that_is_started_beside_a_running_job_runs_nothing(
    site: Site, other: Driver
) -> None:
    stroke = Stroke("scheduler.submit", signal="SIGSTOP")
    site.driver.send(replace(site.errand(*APPLY), stroke=stroke))
    stopped = _stopped(site)
    site.ask("registry.db", "DELETE FROM busy")
    site.gate.unlink()
    other.send(_beside(replace(site.errand(*APPLY), rude=True)))
    other.receive()
    site.until(lambda: len(site.started) == ELEMENTS)

    os.kill(stopped, signal.SIGCONT)
    site.driver.receive()

    site.until(lambda: "FAILED" in [state for _, state in site.jobs])
    site.gate.touch()
    gets_there(site)
    assert len(site.jobs) > JOBS


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_two_that_do_not_ask_who_else_is_there_submit_nothing_twice(
    site: Site, other: Driver, seed: int
) -> None:
    rude = replace(site.errand(*APPLY, "--wait"), rude=True)

    codes = {done.code for done in _together(site.driver, rude, other, _beside(rude))}

    assert codes <= {0, PARTLY}, site.said
    gets_there(site)


def test_the_same_plan_applied_twice_at_once_is_applied_once(site: Site, other: Driver) -> None:
    site.otplan("plan", "manifest.yaml", "--out", "saved.plan")
    errand = site.errand("apply", "saved.plan", "--auto-approve", "--wait")

    codes = {done.code for done in _together(site.driver, errand, other, _beside(errand))}

    assert codes <= {0, BUSY, 5}, site.said
    assert 0 in codes
    goes_on(site)


@pytest.mark.slow
def test_a_plan_that_was_applied_already_does_nothing_more(site: Site) -> None:
    site.otplan("plan", "manifest.yaml", "--out", "saved.plan")
    codes = [site.otplan("apply", "saved.plan", "--auto-approve", "--wait").code for _ in range(2)]

    assert codes[0] == 0
    assert codes[1] in (0, 5)
    goes_on(site)


def _together(one: Driver, first: Errand, two: Driver, second: Errand) -> Sequence[Return]:
    one.send(first)
    two.send(second)
    return one.receive(), two.receive()


def _beside(errand: Errand) -> Errand:
    """Return the errand with its output in another file."""
    return replace(errand, out=str(Path(errand.out).with_name("beside")))


def _stopped(site: Site) -> int:
    """Wait until whoever applies stands still; return its process."""
    site.until(lambda: _state(site) == "T")
    holder = site.recorded.holder
    assert holder
    return holder.pid


def _state(site: Site) -> str:
    """Return the state of the process that applies, as proc_pid_stat(5) says it."""
    holder = site.recorded.holder
    stat = Path(f"/proc/{holder.pid}/stat").read_text() if holder else ") -"
    return stat.rpartition(")")[2].split()[0]
