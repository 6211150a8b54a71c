"""What otplan tells Slurm, word for word."""

from typing import Any

import pytest

from otplan.core.job import Edge, JobRef, Order
from otplan.core.stage import Limits
from otplan.schedulers.slurm import argv, words

HOURS = 3600


def order(**changes: Any) -> Order:  # noqa: ANN401
    usual: dict[str, Any] = {
        "name": "a.otp-x.1",
        "script": "/run/attempt-1/script.sh",
        "folder": "/run",
        "log": "/run/attempt-1/log",
        "comment": "otplan w w-1 a m",
        "limits": Limits(time=24 * HOURS),
    }
    return Order(**(usual | changes))


def test_a_submission_says_all_that_a_site_or_user_might_have_set() -> None:
    wanted = Limits(nodes=8, cpus=16, gpus=4, memory=2048, time=24 * HOURS)
    options = {"account": "lab", "partition": "main"}

    words_ = argv.sbatch(order(limits=wanted, options=options), requeue=True)

    assert words_ == [
        "sbatch",
        "--parsable",
        "--job-name=a.otp-x.1",
        "--comment=otplan w w-1 a m",
        "--chdir=/run",
        "--output=/run/attempt-1/log",
        "--open-mode=append",
        "--export=ALL",
        "--nodes=8",
        "--time=1-00:00:00",
        "--signal=B:USR1@120",
        "--cpus-per-task=16",
        "--ntasks-per-node=1",
        "--mem=2048M",
        "--gres=gpu:4",
        "--account=lab",
        "--partition=main",
        "--requeue",
        "/run/attempt-1/script.sh",
    ]


def test_edges_arrays_and_a_hold_are_asked_for_where_they_are_wanted() -> None:
    parents = (Edge(JobRef("lab", "7")), Edge(JobRef("lab", "8"), 3))
    elements = (0, 1, 2, 7)

    words_ = argv.sbatch(
        order(edges=parents, elements=elements, at_once=2, held=True), requeue=False
    )

    assert "--dependency=afterok:7:8_3" in words_
    assert "--array=0-2,7%2" in words_
    assert words_[-3:] == ["--no-requeue", "--hold", "/run/attempt-1/script.sh"]


def test_an_option_without_a_value_stands_alone() -> None:
    words_ = argv.sbatch(order(options={"exclusive": ""}), requeue=True)

    assert "--exclusive" in words_


def test_a_site_that_takes_no_memory_is_not_asked_for_any() -> None:
    words_ = argv.sbatch(order(limits=Limits(memory=2048)), requeue=True, memory=False)

    assert not [word for word in words_ if word.startswith("--mem")]


def test_a_job_without_a_limit_is_given_none() -> None:
    words_ = argv.sbatch(order(limits=Limits()), requeue=True)

    assert not [word for word in words_ if word.startswith(("--time", "--signal", "--gres"))]


@pytest.mark.parametrize(("limit", "seconds"), [(60, 12), (600, 120), (48 * HOURS, 120), (3, 1)])
def test_the_warning_leaves_most_of_a_short_job_to_its_work(limit: int, seconds: int) -> None:
    assert argv.warning(limit) == seconds


def test_a_thousand_elements_are_one_span() -> None:
    assert argv.spans(range(1000)) == "0-999"


def test_a_client_hears_nothing_of_the_users_settings() -> None:
    there = ["HOME", "SQUEUE_FORMAT", "SLURM_CLUSTERS", "SLURM_CONF", "SBATCH_PARTITION"]

    words_ = argv.client(["squeue"], there)

    unset = ["-u", "SBATCH_PARTITION", "-u", "SLURM_CLUSTERS", "-u", "SQUEUE_FORMAT"]
    assert words_ == ["env", *unset, "SLURM_TIME_FORMAT=%s", "squeue"]


def test_a_job_inherits_neither_secrets_nor_a_surrounding_job() -> None:
    there = ["HOME", "HF_TOKEN", "WANDB_API_KEY", "SUPABASE_URL", "OTPLAN_RUN_DIR", "SLURM_JOB_ID"]

    words_ = argv.submitting(["sbatch"], there)

    assert words_[-1] == "sbatch"
    assert {*words_} == {"env", "-u", *there[1:], "sbatch"}


def test_nothing_is_unset_where_nothing_is_strange() -> None:
    assert argv.submitting(["sbatch"], ["HOME", "PATH", "SLURM_CONF"]) == ["sbatch"]


def test_a_change_names_fields_as_scontrol_does() -> None:
    job = JobRef("lab", "7")

    words_ = argv.scontrol_update(job, {"time": "0-02:00:00", "dependency": "", "qos": "long"})

    assert words_ == [
        *("scontrol", "update", "JobId=7"),
        *("TimeLimit=0-02:00:00", "Dependency=", "QOS=long"),
    ]


FAILED = "sbatch: error: Batch job submission failed: "
POLICY = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"sbatch: error: QOSMaxSubmitJobPerUserLimit\n{FAILED}{POLICY}", "limit"),
        ("sbatch: error: AssocMaxSubmitJobLimit", "limit"),
        (f"{FAILED}Resource temporarily unavailable", "limit"),
        (f"{FAILED}Job dependency problem", "dependency"),
        ("Job dependency problem for job 1287", "dependency"),
        (f"{FAILED}Invalid qos specification", "invalid"),
        (f"{FAILED}Invalid partition name specified", "invalid"),
        (f"{FAILED}Invalid account or account/partition combination specified", "invalid"),
        (f"{FAILED}Requested time limit is invalid (missing or exceeds some limit)", "invalid"),
        (f"{FAILED}Requested node configuration is not available", "invalid"),
        (f"{FAILED}Requested reservation is invalid", "invalid"),
        (f"{FAILED}Invalid feature specification", "invalid"),
        (f"{FAILED}Invalid license specification", "invalid"),
        (f"{FAILED}Invalid node name specified", "invalid"),
        (f"{FAILED}Invalid job array specification", "invalid"),
        ("sbatch: error: Invalid generic resource (gres) specification", "invalid"),
        ("sbatch: error: Invalid --mem specification", "invalid"),
        ("sbatch: error: Unable to open file script", "invalid"),
        ("sbatch: unrecognized option '--odd'\nTry \"sbatch --help\" for more", "invalid"),
        ("slurm_update error: Access/permission denied", "denied"),
        ("Job has already finished for job 96", "invalid"),
        ("Job is no longer pending execution for job 1288", "invalid"),
        ("Job is pending execution for job 1287", "invalid"),
        ("scontrol: error: Invalid job id specified for job 9", "invalid"),
    ],
)
def test_a_refusal_is_known_by_its_words(said: str, kind: str) -> None:
    refusal = words.refusal(said)

    assert refusal is not None
    assert refusal.kind == kind


@pytest.mark.parametrize(
    "said",
    [
        f"{FAILED}Unable to contact slurm controller (connect failure)",
        f"{FAILED}Socket timed out on send/recv operation",
        f"{FAILED}Zero Bytes were transmitted or received",
        "Terminated",
        "",
    ],
)
def test_what_leaves_open_whether_it_was_done_is_no_refusal(said: str) -> None:
    assert words.refusal(said) is None
