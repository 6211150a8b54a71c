"""What Slurm printed, as recorded, and what otplan reads in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from otplan.core.job import Job, JobRef, JobState
from otplan.schedulers.slurm import answers, words

HEADER = (
    "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|USER|SUBMIT_TIME|START_TIME|END_TIME|"
    "RESTART_COUNT|EXIT_CODE|NAME|COMMENT|\n"
)
RECORDED = Path(__file__).parent / "recorded"
PAST = "JobID|User|State|ExitCode|Submit|Start|End|JobName\n"


def queued(row: str) -> Job:
    (job,) = answers.queued("lab", f"{HEADER}{row}\n")
    return job


def past(*rows: str) -> tuple[Job, ...]:
    return answers.past("lab", PAST + "".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize(
    ("out", "id_"),
    [
        ("4711\n", "4711"),
        ("4711;capella\n", "4711"),
        ("Welcome to the cluster, 3 jobs run\n4711\n", "4711"),
        ("---------\n4711\nquota: 80 % of 500 used\n", "4711"),
        ("", ""),
        ("Submitted batch job 4711\n", ""),
    ],
)
def test_the_id_is_the_last_line_that_looks_like_one(out: str, id_: str) -> None:
    assert answers.submitted(out) == id_


def test_a_queued_job_has_its_reason_and_no_start() -> None:
    row = "7|N/A|PENDING|Dependency|ada|1795643997|N/A|N/A|0|0|a.otp-x.1|otplan w w-1 a m|"

    job = queued(row)

    assert job == Job(
        JobRef("lab", "7"),
        "a.otp-x.1",
        JobState.PENDING,
        reason="Dependency",
        user="ada",
        comment="otplan w w-1 a m",
        submitted=1795643997,
    )


def test_a_job_that_waits_tells_when_it_may_start_and_one_that_runs_its_limit() -> None:
    waits = queued("7|N/A|PENDING|Priority|ada|100|700|1300|0|0|a|(null)|")
    runs = queued("7|N/A|RUNNING|None|ada|100|700|1300|0|0|a|(null)|")
    without_limit = queued("7|N/A|RUNNING|None|ada|100|700|N/A|0|0|a|(null)|")

    assert (waits.expected, waits.started, waits.limit) == (700, 0, 0)
    assert (runs.expected, runs.started, runs.limit) == (0, 700, 600)
    assert without_limit.limit == 0


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        ("CONFIGURING", "None", "CONFIGURING"),
        ("SUSPENDED", "None", "SUSPENDED"),
        ("RUNNING", "None", ""),
        ("PENDING", "None", ""),
        ("REQUEUE_HOLD", "None", "REQUEUE_HOLD"),
        ("REQUEUE_HOLD", "job_requeued_in_held_state", "job_requeued_in_held_state"),
        ("FAILED", "NonZeroExitCode", ""),
    ],
)
def test_a_state_that_says_more_is_the_reason_where_there_is_none(
    state: str, reason: str, told: str
) -> None:
    assert queued(f"9|N/A|{state}|{reason}|ada|1|2|3|0|0|a|(null)|").reason == told


def test_a_comment_may_hold_whatever_separates_fields() -> None:
    row = "1|N/A|RUNNING|None|ada|1|2|1795816797|0|0|a|otplan a|b c|"

    assert queued(row).comment == "otplan a|b c"


def test_an_element_of_an_array_has_its_number() -> None:
    job = queued("2|5|PENDING|JobArrayTaskLimit|ada|1|N/A|N/A|0|0|b|(null)|")

    assert (job.ref.id, job.element, job.reason, job.comment) == ("2", 5, "JobArrayTaskLimit", "")


@pytest.mark.parametrize(
    ("status", "code", "signal"),
    [("1792", 7, 0), ("9", 0, 9), ("0", 0, 0), ("7:0", 7, 0), ("0:9", 0, 9), ("0:0", 0, 0)],
)
def test_the_exit_code_in_the_queue_is_a_wait_status_or_a_pair(
    status: str, code: int, signal: int
) -> None:
    job = queued(f"9|N/A|FAILED|NonZeroExitCode|ada|1|2|3|0|{status}|a|(null)|")

    assert (job.exit_code, job.signal, job.ended) == (code, signal, 3)


@pytest.mark.parametrize(
    ("state", "reason", "held"),
    [
        ("PENDING", "JobHeldUser", True),
        ("PENDING", "JobHeldAdmin", True),
        ("PENDING", "launch failed requeued held", True),
        ("PENDING", "job_requeued_in_held_state", True),
        ("REQUEUE_HOLD", "None", True),
        ("SPECIAL_EXIT", "None", True),
        ("PENDING", "BeginTime", False),
        ("RUNNING", "JobHeldUser", False),
    ],
)
def test_a_held_job_is_told_by_its_reason_or_its_state(state: str, reason: str, held: bool) -> None:
    assert queued(f"9|N/A|{state}|{reason}|ada|1|2|3|0|0|a|(null)|").held is held


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("CANCELLED by 1000", JobState.CANCELLED),
        ("CANCELLED+", JobState.CANCELLED),
        ("COMPLETING", JobState.COMPLETING),
        ("CONFIGURING", JobState.RUNNING),
        ("STOPPED", JobState.SUSPENDED),
        ("REQUEUE_HOLD", JobState.PENDING),
        ("OUT_OF_MEMORY", JobState.OUT_OF_MEMORY),
        ("LAUNCH_FAILED", JobState.BOOT_FAIL),
    ],
)
def test_every_word_for_a_state_is_known(word: str, state: JobState) -> None:
    assert words.state(word) is state


@pytest.mark.parametrize(
    "out",
    [
        "",
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n",
        "NAME|STATE|\na|RUNNING|\n",
        HEADER + "7|N/A|PENDING|\n",
        HEADER + "7|N/A|ODD|None|ada|1|2|3|0|0|a|(null)|\n",
        HEADER + "7|N/A|FAILED|None|ada|1|2|3|0|odd|a|(null)|\n",
    ],
)
def test_what_has_not_the_expected_shape_is_no_answer(out: str) -> None:
    with pytest.raises(answers.Unreadable):
        answers.queued("lab", out)


def test_an_empty_queue_is_an_answer() -> None:
    assert answers.queued("lab", HEADER) == ()


def test_a_job_that_ended_is_read_from_accounting() -> None:
    (job,) = past("2_5|ada|FAILED|3:0|1795643997|1795644000|1795644001|b.otp-x.1")

    assert job == Job(
        JobRef("lab", "2"),
        "b.otp-x.1",
        JobState.FAILED,
        element=5,
        user="ada",
        exit_code=3,
        submitted=1795643997,
        started=1795644000,
        ended=1795644001,
    )


def test_of_a_requeued_job_only_the_last_start_counts() -> None:
    (job,) = past(
        "7|ada|REQUEUED|0:0|100|110|120|a.otp-x.1",
        "7|ada|NODE_FAIL|0:0|120|130|140|a.otp-x.1",
        "7|ada|COMPLETED|0:0|140|150|160|a.otp-x.1",
    )

    assert (job.state, job.submitted) == (JobState.COMPLETED, 140)


def test_a_recycled_id_is_told_by_its_name() -> None:
    jobs = past("7|bob|COMPLETED|0:0|1|2|3|of a|stranger", "7|ada|FAILED|1:0|8|9|10|a.otp-x.1")

    assert sorted(job.name for job in jobs) == ["a.otp-x.1", "of a|stranger"]


def test_pending_elements_in_one_row_are_left_to_the_queue() -> None:
    (job,) = past(
        "2_[3-5%1]|ada|PENDING|0:0|1|Unknown|Unknown|b", "2_2|ada|RUNNING|0:0|1|2|Unknown|b"
    )

    assert (job.element, job.started, job.ended) == (2, 2, 0)


def test_a_record_that_is_not_complete_yet_has_no_name() -> None:
    (job,) = past("99||FAILED|0:0|1|2|3|allocation")

    assert job.name == ""


def test_a_newline_in_somebody_elses_comment_hides_nothing() -> None:
    rows = "1|N/A|RUNNING|None|ada|1|2|3|0|0|x|one\ntwo|\n2|N/A|RUNNING|None|ada|1|2|3|0|0|y|z|\n"

    assert [job.name for job in answers.queued("lab", HEADER + rows)] == ["x", "y"]


def recorded(release: str, question: str) -> tuple[Job, ...]:
    """Read what a real Slurm of this release answered, of the same jobs as the others."""
    text = (RECORDED / release / f"{question}.txt").read_text()
    return answers.queued("lab", text) if question == "squeue" else answers.past("lab", text)


def told(release: str, question: str) -> list[Job]:
    """Return what such an answer tells, but for ids and times, which are never the same."""
    nowhere = JobRef("lab", "0")
    jobs = [
        replace(job, ref=nowhere, submitted=0, started=0, ended=0)
        for job in recorded(release, question)
    ]
    return sorted(jobs, key=lambda job: (job.name, job.element or 0))


@pytest.mark.parametrize("question", ["squeue", "sacct-by-id", "sacct-by-name"])
def test_the_releases_tell_the_same_of_the_same_jobs(question: str) -> None:
    old, new = told("22.05", question), told("24.11", question)

    assert old == new
    assert len(old) > 5


@pytest.mark.parametrize("release", ["22.05", "24.11"])
def test_squeue_and_sacct_of_a_release_agree_how_jobs_ended(release: str) -> None:
    queue, past_ = (
        {
            (job.name, job.element): (job.state, job.exit_code, job.signal)
            for job in recorded(release, question)
        }
        for question in ("squeue", "sacct-by-name")
    )

    assert {key: queue[key] for key in past_} == past_
    assert past_["fails.otp-a.1", None] == (JobState.FAILED, 75, 0)
    assert past_["mem.otp-a.1", None] == (JobState.FAILED, 0, 9)
