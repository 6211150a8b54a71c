"""Why a job does not run is told in plain words, and in Slurm's."""

from pathlib import Path

import pytest

from otplan.planner.waits import hopeless, in_words

REASONS = Path(__file__).with_name("reasons.txt").read_text().split()
"""Every reason for waiting that libslurmfull.so or squeue(1) of 22.05.8 names."""


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        ("Priority", "behind jobs of higher priority"),
        ("Resources", "for nodes, processors or GPUs to become free"),
        ("Dependency", "for the jobs of what it reads"),
        ("PartitionDown", "for its partition to be up again"),
        (
            "QOSMaxGRESPerUser",
            "for others of your jobs to end: its QOS gives you no more GPUs at once",
        ),
        (
            "QOSMaxJobsPerUserLimit",
            "for others of your jobs to end: its QOS gives you no more jobs at once",
        ),
        (
            "AssocMaxJobsLimit",
            "for others of your jobs to end: its account gives you no more jobs at once",
        ),
        (
            "AssocGrpCPUMinutesLimit",
            "for more to spend: its account has used up its minutes of processors",
        ),
        (
            "AssocGrpGRES",
            "for others to end: all jobs of its account together may have no more GPUs at once",
        ),
        (
            "QOSGrpNodeRunMinutes",
            "for others to end: its QOS may have only so many minutes of nodes ahead of it",
        ),
        ("ReqNodeNotAvail, UnavailableNodes:n1", "for nodes that are down, drained or reserved"),
        ("ReqNodeNotAvail,_May_be_reserved", "for nodes that are down, drained or reserved"),
        (
            "Nodes required for job are DOWN, DRAINED or reserved for jobs",
            "for nodes that are down, drained or reserved",
        ),
        ("CONFIGURING", "for its nodes to be made ready"),
        ("SUSPENDED", "for somebody to resume it"),
    ],
)
def test_a_reason_is_told_in_plain_words(reason: str, plain: str) -> None:
    assert in_words(reason) == f", waiting {plain} ({reason})"


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        (
            "QOSMaxWallDurationPerJobLimit",
            "it asks for more time than its QOS allows one job",
        ),
        ("AssocMaxGRESPerJob", "it asks for more GPUs than its account allows one job"),
        (
            "AssocMaxCpuMinutesPerJobLimit",
            "it asks for more processors than its account allows one job",
        ),
        ("QOSMinCpuNotSatisfied", "it asks for fewer processors than its QOS demands"),
        ("PartitionTimeLimit", "its time limit is longer than its partition allows"),
    ],
)
def test_a_reason_that_waiting_does_not_clear_is_told_as_such(reason: str, plain: str) -> None:
    assert hopeless(reason) == plain
    assert in_words(reason) == f", but {plain} ({reason})"


def test_every_reason_of_slurm_has_plain_words() -> None:
    plain = [reason for reason in REASONS if in_words(reason).endswith(f" ({reason})")]

    assert plain == REASONS
    assert not any("{" in in_words(reason) for reason in REASONS)


def test_a_reason_nobody_knows_is_told_as_it_is() -> None:
    assert in_words("SomethingNew") == ", waiting: SomethingNew"


def test_no_reason_is_told_by_nothing() -> None:
    assert in_words("") == ""
