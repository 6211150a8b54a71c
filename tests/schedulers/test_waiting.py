"""Who may start, and why the others wait: the rules of the local queue, on values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.schedulers import waits
from otplan.schedulers.local.entries import Ask, Entry, Machine, View
from otplan.schedulers.local.waiting import choose

ASK = Ask(0, "a", "", "", "", "", "me", 1, 0, 0, 0, 0, 0, 0, "")


def entry(job: int, state: str = waits.PENDING, element: int = -1, **given: int | str) -> Entry:
    gpus = given.pop("has", "")
    values = {name: getattr(ASK, name) for name in Ask.__slots__} | {"id": job} | given
    return Entry(Ask(**values), element, state, gpus=str(gpus))


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ([], ""),
        (["COMPLETED"], ""),
        (["COMPLETED", "COMPLETED"], ""),
        (["COMPLETED", "PENDING"], "Dependency"),
        (["RUNNING"], "Dependency"),
        (["COMPLETING"], "Dependency"),
        (["REQUEUED"], "Dependency"),
        (["FAILED"], "DependencyNeverSatisfied"),
        (["RUNNING", "CANCELLED"], "DependencyNeverSatisfied"),
        (["COMPLETED", "TIMEOUT"], "DependencyNeverSatisfied"),
        (["NODE_FAIL"], "DependencyNeverSatisfied"),
    ],
)
def test_a_child_starts_after_parents_that_ended_well(states: list[str], reason: str) -> None:
    assert waits.reason(states) == reason


def test_a_small_job_does_not_overtake_a_large_one_that_waits() -> None:
    view = View((entry(1, waits.RUNNING, cpus=3), entry(2, cpus=4), entry(3)), {}, Machine(4))

    choice = choose(view)

    assert choice.starts == ()
    assert choice.reasons == {"2": "Resources", "3": "Resources"}


def test_a_job_larger_than_the_machine_became_keeps_nobody_waiting() -> None:
    view = View((entry(1, cpus=8), entry(2)), {}, Machine(4))

    choice = choose(view)

    assert [start.key for start in choice.starts] == ["2"]
    assert choice.reasons == {"1": "BadConstraints"}


def test_a_held_job_and_a_throttled_one_keep_no_slots() -> None:
    queue = (
        entry(1, held=1, cpus=4),
        entry(2, waits.RUNNING, 0, at_once=1),
        entry(2, element=1, at_once=1, cpus=3),
        entry(3, cpus=3),
    )

    choice = choose(View(queue, {}, Machine(4)))

    assert [start.key for start in choice.starts] == ["3"]
    assert choice.reasons == {"1": "JobHeldUser", "2_1": "JobArrayTaskLimit"}


def test_gpus_are_given_by_number_and_only_once() -> None:
    queue = (entry(1, waits.RUNNING, gpus=1, has="1"), entry(2, gpus=2), entry(3, gpus=1))

    choice = choose(View(queue, {}, Machine(8, 3)))

    assert [(start.key, start.gpus) for start in choice.starts] == [("2", "0,2")]
    assert choice.reasons == {"3": "Resources"}


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([waits.PENDING, waits.PENDING, "COMPLETED", "FAILED"]),
        st.integers(1, 5),
        st.integers(0, 2),
        st.integers(-2, 2),
    ),
    max_size=12,
)


@given(ENTRIES, st.integers(1, 6), st.integers(0, 3))
def test_no_more_is_given_than_there_is(
    jobs: list[tuple[str, int, int, int]], cpus: int, gpus: int
) -> None:
    queue = tuple(
        entry(id_, state, cpus=cpu, gpus=gpu, nice=nice)
        for id_, (state, cpu, gpu, nice) in enumerate(jobs, 1)
    )

    choice = choose(View(queue, {}, Machine(cpus, gpus)))

    given_gpus = [gpu for start in choice.starts for gpu in start.gpus.split(",") if gpu]
    assert sum(start.ask.cpus for start in choice.starts) <= cpus
    assert len(given_gpus) == len(set(given_gpus)) <= gpus
    assert len(choice.starts) + len(choice.reasons) == sum(e.pending for e in queue)
