"""Interrupt apply: it keeps what is in, ends with 130, and says how to go on."""

import os
import subprocess
import sys

import pytest

from tests.crash.settled import goes_on
from tests.crash.site import APPLY, Site
from tests.crash.strokes import Stroke

INSTANTS = {
    "before it says that it applies": Stroke("registry.busy", signal="SIGINT"),
    "while it exports the code": Stroke("code.export", signal="SIGINT"),
    "before the approval": Stroke("registry.approve", signal="SIGINT"),
    "before the first intent": Stroke("registry.intend", signal="SIGINT"),
    "between an intent and its job": Stroke("shell.write", 5, signal="SIGINT"),
    "after a job": Stroke("scheduler.submit", 3, "after", signal="SIGINT"),
    "before it is noted": Stroke("registry.note", 4, signal="SIGINT"),
    "before the runner starts": Stroke("shell.spawn", signal="SIGINT"),
    "at the end": Stroke("registry.free", signal="SIGINT"),
    "while it waits": Stroke("catalog.write", signal="SIGINT"),
}


def test_an_interrupted_apply_keeps_what_is_in_and_says_how_to_go_on(site: Site) -> None:
    stroke = Stroke("scheduler.submit", 3, "after", signal="SIGINT")

    done = site.apply(stroke)

    assert done.code == 130
    assert len(site.jobs) == 3
    assert "interrupted" in site.said.lower()
    assert "otplan apply" in site.said
    goes_on(site)


@pytest.mark.slow
@pytest.mark.parametrize("instant", INSTANTS)
def test_an_apply_interrupted_at_any_time_ends_with_130_and_is_gone_on_with(
    site: Site, instant: str
) -> None:
    done = site.apply(INSTANTS[instant])

    assert done.code == 130, site.said
    assert "Traceback" not in site.said
    goes_on(site)


@pytest.mark.slow
@pytest.mark.parametrize("effect", ["registry.intend", "scheduler.submit", "registry.note"])
def test_a_second_interrupt_stops_at_once_and_loses_nothing(site: Site, effect: str) -> None:
    done = site.apply(Stroke(effect, 2, "while", 0.001, signal="SIGINT", times=2))

    assert done.code == 130, site.said
    assert "Traceback" not in site.said
    goes_on(site)


@pytest.mark.parametrize("argv", [("plan", "manifest.yaml"), APPLY, ("--help",)])
def test_nobody_reading_the_output_is_no_bug(site: Site, argv: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "otplan", *argv],
        cwd=site.folder,
        env=os.environ | site.env,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writer)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
