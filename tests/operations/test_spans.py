"""How long an attempt ran is told of its job while that is seen, and else of the record."""

from typing import Any

import pytest

from otplan.core.job import Job, JobRef, JobState
from otplan.core.record import FactKind
from otplan.core.snapshot import Seen
from otplan.operations.asking import newest
from otplan.operations.spans import Span, ends, noted_of, span
from tests.planner.world import NOW, Scene, stage

DECLARED = {"slurm.time": '"24:00:00"'}


def of(world: Scene) -> Span:
    """Return the span of the one attempt there is."""
    (seen,) = world.snapshot.cell("v1:a", 0).seen
    return span(seen, noted_of(seen, ends(world.snapshot)), NOW)


@pytest.mark.parametrize(
    ("state", "times", "expected"),
    [
        (JobState.RUNNING, {"started": NOW - 72, "limit": 600}, Span(72, 600)),
        (JobState.RUNNING, {"started": NOW - 72}, Span(72, 86_400)),
        (JobState.RUNNING, {"started": NOW + 9}, Span(0, 86_400)),
        (JobState.PENDING, {"expected": NOW + 60}, Span(expected=NOW + 60)),
        (JobState.FAILED, {"started": NOW - 72, "ended": NOW - 70}, Span(2, 86_400)),
    ],
)
def test_a_job_that_is_seen_tells_its_own_times(
    state: JobState, times: dict[str, Any], expected: Span
) -> None:
    world = Scene([stage("a")])
    row = world.tried("a", declared=DECLARED)
    job = Job(JobRef("c", "7"), row.name, state, user="me", submitted=NOW - 90, **times)
    world.jobs.append(job)

    assert of(world) == expected


def test_what_ended_long_ago_tells_what_was_noted_then() -> None:
    world = Scene([stage("a")])
    world.tried("a", declared=DECLARED)
    world.noted("a", FactKind.SUBMITTED, 1, job="7")
    times = {"started": NOW - 900, "ended": NOW - 300}
    world.noted("a", FactKind.ENDED, 1, job="7", state="TIMEOUT", cause="timeout", **times)

    assert of(world) == Span(600, 86_400)


def test_of_several_elements_one_that_runs_is_told_of() -> None:
    world = Scene([stage("a", elements=3)])
    row = world.tried("a")
    states = (JobState.FAILED, JobState.PENDING, JobState.RUNNING)
    world.jobs += [
        Job(JobRef("c", "7"), row.name, state, element=e, user="me", submitted=NOW - 90)
        for e, state in enumerate(states)
    ]

    found = newest(world.stages[0], world.snapshot)

    assert isinstance(found, Seen)
    assert found.element == 2
