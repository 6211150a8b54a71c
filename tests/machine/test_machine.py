"""Random histories on four kinds of clusters: a few always, many in CI."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Forgetful, Machine, OldSlurm, Private

QUIETLY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    # Shrinking takes minutes: test_lessons.py holds what it left.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
FEW = settings(QUIETLY, max_examples=5, stateful_step_count=30)
MANY = settings(QUIETLY, max_examples=100, stateful_step_count=50)
HOUSES = (Machine, OldSlurm, Forgetful, Private)


@pytest.mark.parametrize("house", HOUSES)
def test_nothing_runs_twice_nothing_is_lost_and_all_settles(house: type[Machine]) -> None:
    run_state_machine_as_test(house, settings=FEW)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("house", HOUSES)
def test_the_same_holds_in_many_long_histories(house: type[Machine]) -> None:
    run_state_machine_as_test(house, settings=MANY)
