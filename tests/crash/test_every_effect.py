"""Kill apply before, while and after every one of its side effects: the next one goes on."""

from collections.abc import Callable
from random import Random

import pytest

from tests.crash.settled import goes_on
from tests.crash.site import Site
from tests.crash.strokes import Stroke

EFFECTS = (
    "registry.busy",
    "lock.write",
    "code.export",
    "shell.run",
    "shell.write",
    "registry.found",
    "shell.claim",
    "registry.approve",
    "registry.intend",
    "scheduler.submit",
    "registry.note",
    "shell.spawn",
    "registry.free",
    "catalog.write",
    "plan.save",
)
"""All that an apply with --wait does to the world, in the order it does each first."""

LONGEST = 0.02
"""Seconds in which most effects are over, for a stroke while one lasts."""


def test_these_are_all_effects_of_an_apply(site: Site) -> None:
    done = site.apply()

    assert done.code == 0, site.said
    assert {name for name, _ in done.effects} == set(EFFECTS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("moment", ["before", "while", "after"])
def test_an_apply_killed_at_any_effect_is_gone_on_with(
    sites: Callable[[], Site],
    moment: str,
    effect: str,
    record_property: Callable[[str, object], None],
) -> None:
    random = Random(f"{moment} {effect}")  # noqa: S311 - which instants does not matter
    points = 0

    while _killed(site := sites(), Stroke(effect, points + 1, moment, random.uniform(0, LONGEST))):
        points += 1
        goes_on(site)

    assert points > 0
    record_property("kill points", points)


def _killed(site: Site, stroke: Stroke) -> bool:
    """Apply; tell whether it was killed, rather than at an end with fewer effects."""
    done = site.apply(stroke)
    assert done.code in (0, -9), site.said
    return done.code != 0
