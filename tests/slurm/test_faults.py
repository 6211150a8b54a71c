"""sbatch that lies, hangs or is killed; two who apply at once; a caller that dies."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

MANIFEST = """\
otplan: 1
workspace: faults
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  a: {args: {step: a}}
  b: {args: {step: b}, inputs: {a: a}}
  c: {args: {step: c}, inputs: {b: b}}
"""

# Calls the true sbatch; what it does beside that is in the file `how`, for the job named there.
WRAPPER = """\
#!/bin/bash
for word in "$@"; do
    case $word in --job-name=*) name=${{word#--job-name=}} ;; esac
done
how=$(cat {control}/how-"${{name%%.*}}" 2>/dev/null)
rm -f {control}/how-"${{name%%.*}}"
case $how in
    fails-after) {sbatch} "$@"; echo 'sbatch: error: something after that' >&2; exit 1 ;;
    mute) {sbatch} "$@" >/dev/null; echo 'sbatch: error: Socket timed out' >&2; exit 1 ;;
    deaf) echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1 ;;
    late) echo $$ >{control}/sending; sleep 3; exec {sbatch} "$@" ;;
    *) exec {sbatch} "$@" ;;
esac
"""

# The leader of a session takes the terminal that it opens: credentials(7).
TAKES_TERMINAL = """\
import os, sys
os.open(os.ttyname(0), os.O_RDWR)
from otplan.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def sabotage(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return the site, with an sbatch in front of the true one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    true = site.slurm("which", "sbatch").strip()
    wrapper = folder / "sbatch"
    wrapper.write_text(WRAPPER.format(control=site.control, sbatch=true))
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    site.make(MANIFEST)
    return site


def _how(site: Site, job: str, how: str) -> None:
    (site.control / f"how-{job}").write_text(how)


def _once(site: Site) -> None:
    """Let all be done, and see that each step ran once and each job was made once."""
    site.until_all("done")
    assert site.ran() == ["a", "b", "c"]
    assert list(site.records(3).values()) == [["COMPLETED"]] * 3


def test_an_sbatch_that_fails_after_its_job_was_made_has_made_it(sabotage: Site) -> None:
    _how(sabotage, "b", "fails-after")

    sabotage.submit()

    _once(sabotage)


def test_an_sbatch_whose_answer_is_lost_is_found_by_the_next_look(sabotage: Site) -> None:
    sabotage.hold("a")
    _how(sabotage, "b", "mute")
    said = sabotage.submit(code=6)

    planned = sabotage.plan()
    sabotage.submit()
    sabotage.let_go()

    assert "Socket timed out" in said.out
    assert planned == {"script.c/run": "submit"}
    _once(sabotage)


def test_an_sbatch_that_may_not_have_arrived_is_waited_for(sabotage: Site) -> None:
    _how(sabotage, "a", "deaf")
    sent = sabotage.submit(code=6)

    planned = sabotage.plan()
    went_on = sabotage("continue")

    assert planned == {"script.a/run": "unknown", "script.b/run": "rest", "script.c/run": "rest"}
    assert sent.out.endswith("\n\n  otplan continue\n")
    assert ". script.a/run   waiting\n" in went_on.out
    assert "1 waiting." in went_on.out
    assert sabotage.jobs() == []


def test_a_caller_killed_while_sbatch_is_on_its_way_leaves_one_job(sabotage: Site) -> None:
    sabotage.hold("a")
    _how(sabotage, "b", "late")
    with sabotage.started("apply", "manifest.yaml", "--auto-approve") as apply:
        sabotage.wait((sabotage.control / "sending").exists, "sbatch was not called")
        apply.send_signal(signal.SIGKILL)
        apply.communicate()

    early = sabotage.change("script.b/run")
    sabotage.wait(lambda: bool(sabotage.jobs("b.otp-")), "the job does not appear")
    sabotage.submit()
    sabotage.let_go()

    assert early["reasons"][0]["code"] == "submitting"
    _once(sabotage)


def test_a_terminal_that_is_closed_in_the_middle_stops_nothing(sabotage: Site) -> None:
    """Say yes, lose the connection, and find one of each job in the morning."""
    _how(sabotage, "b", "late")
    terminal, inside = pty.openpty()
    os.write(terminal, b"yes\n")
    argv = [sys.executable, "-c", TAKES_TERMINAL, "apply", "manifest.yaml"]
    with subprocess.Popen(
        argv,
        cwd=sabotage.folder,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    ) as apply:
        os.close(inside)
        sabotage.wait((sabotage.control / "sending").exists, "sbatch was not called")

        os.close(terminal)

        assert apply.wait(60) == 0
    _once(sabotage)


def test_two_who_apply_at_once_submit_each_stage_once(sabotage: Site) -> None:
    both = [sabotage.started("apply", "manifest.yaml", "--auto-approve") for _ in range(2)]

    codes = []
    for one in both:
        one.communicate(timeout=60)
        codes.append(one.returncode)

    assert set(codes) <= {0, 4}
    assert 0 in codes
    _once(sabotage)


def test_the_same_plan_file_twice_does_nothing_the_second_time(sabotage: Site) -> None:
    sabotage.hold("a")
    sabotage("plan", "manifest.yaml", "--out", "plan.json")

    first = sabotage("apply", "plan.json", "--auto-approve")
    jobs = sabotage.jobs()
    second = sabotage("apply", "plan.json", "--auto-approve")
    again = sabotage.jobs()
    sabotage.let_go()

    assert "3 submitted" in first.out
    assert "No changes. 3 under way." in second.out
    assert sorted(again) == sorted(jobs)
    _once(sabotage)


def test_a_job_that_appears_ten_minutes_late_meets_the_claim_of_its_twin(sabotage: Site) -> None:
    """After five minutes an intent is sent again under its number: both jobs run one script."""
    sabotage.hold("a")
    sabotage.submit()
    sabotage.began("a")
    (row,) = (row for row in sabotage.queue_says().splitlines() if " a.otp-" in row)
    name, folder = row.split()[1], row.split()[-1]
    script = f"{folder}/attempt-1/script.sh"
    argv = ("sbatch", "--parsable", f"--job-name={name}", f"--chdir={folder}", "-o", "late", script)

    late = sabotage.slurm(*argv).strip()
    sabotage.wait(lambda: late not in sabotage.jobs(), "the twin does not end")
    planned = sabotage.plan()
    sabotage.let_go()

    assert planned == {}
    sabotage.until_all("done")
    assert sabotage.ran() == ["a", "b", "c"]
    ended = sabotage.slurm("squeue", "-h", "-t", "all", "-j", late, "-o", "%T")
    assert ended == "CANCELLED\n"


def test_two_jobs_of_one_attempt_in_the_queue_are_one_too_many(sabotage: Site) -> None:
    sabotage.hold("a")
    sabotage.submit()
    sabotage.began("a")
    (row,) = (row for row in sabotage.queue_says().splitlines() if " b.otp-" in row)
    old, name, folder = row.split()[0], row.split()[1], row.split()[-1]
    edge = f"--dependency=afterok:{sabotage.jobs('a.otp-')[0]}"
    script = f"{folder}/attempt-1/script.sh"
    sabotage.slurm("sbatch", f"--job-name={name}", f"--chdir={folder}", edge, script)

    planned = sabotage.plan()
    sabotage.submit()
    left = sabotage.jobs("b.otp-")
    sabotage.let_go()

    assert planned["script.b/run"] in ("cancel", "update")
    assert left == [old]
    sabotage.until_all("done")
    assert sabotage.ran() == ["a", "b", "c"]


READS_BOTH = MANIFEST.replace("inputs: {b: b}", "inputs: {a: a, b: b}").replace(
    "args: {step: b}, inputs: {a: a}", "args: {step: b}, inputs: {d: d}"
)


def _slowly(site: Site) -> None:
    """Submit a chain whose middle takes so long that its head may be forgotten when the end goes.

    The cluster's file says that Slurm forgets after four seconds; it really does so later.
    """
    site.write("manifest.yaml", READS_BOTH + "  d: {args: {step: d}}\n")
    facts = site.folder / "clusters" / "lab.yaml"
    facts.write_text(facts.read_text() + "min_job_age: 4\n")
    _how(site, "b", "late")


def test_a_parent_that_failed_while_the_rest_was_submitted_holds_back_its_child(
    sabotage: Site,
) -> None:
    _slowly(sabotage)
    sabotage.fail("a")

    said = sabotage.submit(code=6)

    assert "which it waits for, ended meanwhile: FAILED" in said.out
    sabotage.until("script.b/run", "done")
    assert sabotage.ran() == ["a", "b", "d"]


def test_a_parent_that_was_done_while_the_rest_was_submitted_is_not_waited_for(
    sabotage: Site,
) -> None:
    _slowly(sabotage)

    sabotage.submit()

    sabotage.until_all("done")
    assert sabotage.ran() == ["a", "b", "c", "d"]
