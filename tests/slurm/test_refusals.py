"""A site that refuses, or takes what it will never start."""

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

MANY = """\
otplan: 1
workspace: many
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00", qos: tight}}}
scripts:
"""


def test_a_submit_limit_halfway_keeps_what_is_in_and_continue_does_the_rest(site: Site) -> None:
    site.hold("all")
    steps = [f"s{n}" for n in range(7)]
    site.make(MANY + "".join(f"  {s}: {{args: {{step: {s}}}}}\n" for s in steps))

    said = site.submit(code=6)
    inside = len(site.jobs())
    site.let_go()
    site.wait(lambda: not site.jobs(), "the queue does not empty")
    site("continue", "many", "--state", str(site.root / "experiments" / "registry.db"))

    assert inside == 4
    assert "Applied in part: 4 submitted, 3 not sent." in said.out
    assert said.out.endswith("\n\n  otplan continue\n")
    site.until_all("done")
    assert site.ran() == steps


def test_a_partition_that_never_starts_a_long_job_is_told_and_a_shorter_one_runs(
    site: Site,
) -> None:
    text = MANY.replace("qos: tight", "partition: short")
    site.make(text.replace("00:10:00", "00:30:00") + "  a: {args: {step: a}}\n")
    site.believe_nothing()
    site.submit()
    site.until("script.a/run", "stuck")
    stuck = site.change("script.a/run")

    site.edit('time: "00:30:00"', 'time: "00:05:00"')
    planned = site.plan()
    site.submit()

    assert "its time limit is longer than its partition allows" in stuck["reasons"][0]["text"]
    assert planned == {"script.a/run": "update"}
    site.until_all("done")


@pytest.mark.parametrize(
    ("options", "word"),
    [("partition: nowhere", "partition"), ("qos: nothing", "qos"), ("account: nobody", "account")],
)
def test_what_slurm_does_not_know_is_refused_with_its_own_words(
    site: Site, options: str, word: str
) -> None:
    site.make(MANY.replace("qos: tight", options) + "  a: {args: {step: a}}\n")
    site.believe_nothing()

    said = site.submit(code=6)

    assert word in said.out.lower()
    assert site.jobs() == []
    assert site.plan() == {"script.a/run": "submit"}


def test_a_users_settings_for_slurm_change_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "SBATCH_PARTITION": "nowhere",
        "SBATCH_NO_REQUEUE": "1",
        "SLURM_TIME_FORMAT": "%F",
        "SQUEUE_FORMAT": "%i",
        "SQUEUE_STATES": "RUNNING",
        "SACCT_FORMAT": "JobID",
        "SLURM_CLUSTERS": "elsewhere",
        "SLURM_JOB_ID": "7",
    }.items():
        monkeypatch.setenv(name, value)
    site.make(MANY.replace(", qos: tight", "") + "  a: {args: {step: a}}\n")

    site.submit()
    site.until_all("done")

    assert site.ran() == ["a"]


def test_a_refusal_that_accounting_keeps_as_a_job_stays_a_refusal(site: Site) -> None:
    site.make(
        "otplan: 1\nworkspace: refused\ncluster: lab\nscripts:\n"
        '  a: {script: step.sh, args: {step: a}, slurm: {time: "00:10:00", exclude: "n[1-8]"}}\n'
    )
    said = site.submit(code=6)
    site.records(1)
    change = site.change("script.a/run")

    site.edit(', exclude: "n[1-8]"', "")
    site.submit()
    site.until("script.a/run", "done")

    refusal = "Requested node configuration is not available"
    assert refusal in said.out
    assert (change["action"], change["reasons"][0]["code"]) == ("submit", "unsent")
    assert refusal in change["reasons"][0]["text"]
    assert site.ran() == ["a"]
