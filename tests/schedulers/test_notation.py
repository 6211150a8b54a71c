"""The fields of a job, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.job import Edge, JobRef
from otplan.schedulers import notation

EDGES = st.lists(
    st.builds(
        Edge,
        st.builds(JobRef, st.just("c"), st.integers(0, 10**8).map(str)),
        st.none() | st.integers(0, 10**4),
    )
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 5400),
        ("00:01:30", 90),
        ("24:00:00", 86400),
        ("1-12:00:00", 129600),
        ("0-00:00:01", 1),
    ],
)
def test_a_time_limit_is_read_as_slurm_reads_it(text: str, seconds: int) -> None:
    assert notation.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "1h", "-5", "UNLIMITED", "1:2", "²"])
def test_another_time_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time limit"):
        notation.seconds(text)


@given(st.integers(0, 10**8))
def test_a_time_limit_is_read_back_as_it_was_written(seconds: int) -> None:
    assert notation.seconds(notation.time(seconds)) == seconds


@given(EDGES)
def test_edges_are_read_back_as_they_were_written(edges: list[Edge]) -> None:
    assert notation.edges(notation.dependency(edges), "c") == tuple(edges)


@pytest.mark.parametrize("text", ["afterany:1", "afterok", "afterok:", "afterok:1?2", "1"])
def test_another_dependency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a dependency"):
        notation.edges(text, "c")
