"""A stage that would wait for very many jobs waits for a few joins instead."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.job import Edge, JobRef, JobState
from otplan.core.stage import Stage
from otplan.planner import joins
from otplan.planner.edges import edges, live_jobs
from otplan.schedulers import notation
from tests.planner.world import Scene, stage

MAX_ARG_STRLEN = 131_072


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three jobs be very many."""
    monkeypatch.setattr(joins, "MOST", 3)


def _made(count: int, **reader: Any) -> tuple[Stage, ...]:  # noqa: ANN401 - any field
    parents = [stage(f"p{n}") for n in range(count)]
    return tuple(
        joins.with_joins([*parents, stage("all", *(f"p{n}" for n in range(count)), **reader)])
    )


def _reads(one: Stage) -> list[str]:
    return [need.fingerprint for need in one.needs]


def test_a_stage_that_waits_for_few_is_left_as_it_is() -> None:
    parents = [stage(f"p{n}") for n in range(3)]
    reader = stage("all", "p0", "p1", "p2")

    assert list(joins.with_joins([*parents, reader])) == [*parents, reader]


def test_joins_stand_for_all_that_is_waited_for() -> None:
    *_, first, second, third, reader = _made(7)

    assert [one.role for one in (first, second, third)] == ["join-1", "join-2", "join-3"]
    assert [_reads(one) for one in (first, second, third)] == [
        ["v1:p0", "v1:p1", "v1:p2"],
        ["v1:p3", "v1:p4", "v1:p5"],
        ["v1:p6"],
    ]
    assert _reads(reader)[7:] == [one.fingerprint for one in (first, second, third)]
    assert [need.input for need in reader.needs[:7]] == [f"p{n}" for n in range(7)]


def test_a_join_changes_no_fingerprint() -> None:
    plain = stage("all", *(f"p{n}" for n in range(7)))

    *_, reader = _made(7)

    assert replace(reader, needs=plain.needs) == plain


def test_the_same_parents_make_the_same_join() -> None:
    first, other = _made(7), _made(7, limits=replace(stage("x").limits, nodes=9))

    assert [one.fingerprint for one in first] == [one.fingerprint for one in other]


def test_the_elements_of_an_array_count_each() -> None:
    parents = [stage("a", elements=2), stage("b", elements=2)]

    *_, first, second, _reader = joins.with_joins([*parents, stage("all", "a", "b")])

    assert (_reads(first), _reads(second)) == (["v1:a"], ["v1:b"])


def test_what_is_made_on_another_cluster_is_no_matter_of_edges() -> None:
    parents = [stage(f"p{n}", cluster="far") for n in range(7)]

    made = list(joins.with_joins([*parents, stage("all", *(f"p{n}" for n in range(7)))]))

    assert len(made) == len(parents) + 1


def test_while_a_join_lives_it_is_waited_for_alone() -> None:
    made = _made(4)
    scene = Scene(made)
    jobs = {(one.fingerprint, 0): JobRef("c", str(i)) for i, one in enumerate(made)}
    stages = {one.fingerprint: one for one in made}

    found = edges(made[-1], stages, jobs)

    assert found == (Edge(JobRef("c", "4")), Edge(JobRef("c", "5")))
    assert edges(made[-2], stages, jobs) == (Edge(JobRef("c", "3")),)
    assert scene.told()[-1] == "+ all new"


def test_once_a_join_is_done_what_is_made_anew_is_waited_for_itself() -> None:
    made = _made(4)
    scene = Scene(made)
    job = scene.live("p1", JobState.RUNNING)

    found = edges(
        made[-1],
        {one.fingerprint: one for one in made},
        live_jobs(scene.stages, scene.snapshot),
    )

    assert found == (Edge(job),)


def test_as_many_edges_as_there_may_be_fit_into_an_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    longest = [Edge(JobRef("c", str(10**10 + n)), 4_000_000 + n) for n in range(joins.MOST)]

    assert len(f"--dependency={notation.dependency(longest)}") < MAX_ARG_STRLEN
