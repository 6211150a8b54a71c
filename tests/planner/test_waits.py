"""Why a job waits is told in plain words, and in Slurm's."""

import pytest

from otplan.planner.waits import in_words


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        ("Priority", "behind jobs of higher priority"),
        ("QOSMaxGRESPerUser", "for its QOS to allow more"),
        ("AssocGrpCPUMinutesLimit", "for its account to have less running, or more to spend"),
        ("ReqNodeNotAvail, UnavailableNodes:n1", "for nodes that are down, drained or reserved"),
    ],
)
def test_a_reason_is_told_in_plain_words(reason: str, plain: str) -> None:
    assert in_words(reason) == f", waiting {plain} ({reason})"


def test_a_reason_nobody_knows_is_told_as_it_is() -> None:
    assert in_words("SomethingNew") == ", waiting: SomethingNew"


def test_no_reason_is_told_by_nothing() -> None:
    assert in_words("") == ""
