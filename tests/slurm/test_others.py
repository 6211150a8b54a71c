"""Jobs of somebody else: waited for, and seen, though `squeue --me` hides them."""

import subprocess
from collections.abc import Iterator

import pytest

from otplan.core.job import JobRef, JobState
from otplan.schedulers.slurm.scheduler import Site as Facts
from otplan.schedulers.slurm.scheduler import Slurm
from otplan.shell.here import Here
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(120)]

SOMEBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"]
AFTER = """\
otplan: 1
workspace: others
cluster: lab
code: [step.sh]
scripts:
  reader: {script: step.sh, args: {step: reader}, after: ["%s"], slurm: {time: "00:10:00"}}
"""


@pytest.fixture
def theirs(site: Site) -> Iterator[str]:
    """Return a job of another user that waits until it is released or cancelled."""
    job = _submit("--job-name=their.otp-aaaaaaaaaaaa.1", "--hold", "--wrap=true")
    yield job
    site.slurm("scancel", job)


def _submit(*options: str) -> str:
    argv = [*SOMEBODY, "sbatch", "--parsable", "--output=/dev/null", "--chdir=/tmp", *options]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def _look(strangers: list[JobRef | str]) -> list[tuple[str, str, JobState]]:
    slurm = Slurm("lab", Here(), Facts(), lambda: 0)
    known = [one for one in strangers if isinstance(one, JobRef)]
    lost = [one for one in strangers if isinstance(one, str)]
    seen = slurm.observe(known, lost, 0, strangers)
    assert not seen.unknown
    return [(job.ref.id, job.user, job.state) for job in seen.jobs]


def test_a_job_of_somebody_else_is_seen_where_it_is_asked_for(theirs: str) -> None:
    seen = (theirs, "nobody", JobState.PENDING)

    assert seen not in _look([])
    assert seen in _look([JobRef("lab", theirs)])
    assert seen in _look(["their.otp-aaaaaaaaaaaa.1"])


@pytest.mark.usefixtures("site")
def test_a_number_that_nobody_knows_is_no_silence() -> None:
    known = _look([JobRef("lab", "99999999")])

    assert "99999999" not in [job for job, _, _ in known]


def test_a_stage_waits_for_a_job_outside_the_manifest(site: Site, theirs: str) -> None:
    site.make(AFTER % theirs)

    site.submit()
    (reader,) = site.jobs("reader")
    waits = site.slurm("squeue", "-h", "-j", reader, "-o", "%E")
    site.slurm("scontrol", "release", theirs)
    site.until("script.reader/run", "done")

    assert f"afterok:{theirs}" in waits
    assert site.todo() == {}


def test_a_stage_does_not_start_after_a_job_outside_that_failed(site: Site) -> None:
    job = _submit("--wrap=exit 3")
    site.wait(lambda: "FAILED" in site.slurm("sacct", "-Xnj", job, "-o", "State"), "not failed")
    site.make(AFTER % job)

    change = site.change("script.reader/run")

    assert (change["action"], change["reasons"][0]["code"]) == ("blocked", "outside")
    assert "ended FAILED" in change["reasons"][0]["text"]


def test_whoever_has_another_name_on_the_cluster_still_owns_the_jobs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "alice")
    site.hold("reader")
    site.make(AFTER.replace(', after: ["%s"]', ""))
    site.submit()
    site.began("reader")

    (site.root / "experiments" / "registry.db").unlink()
    site("registry", "rebuild", "manifest.yaml")
    site.submit()
    said = site("cancel", "script.reader", "-m", "manifest.yaml")

    assert "cancelled" in said.out
