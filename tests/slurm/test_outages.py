"""Parts of Slurm stand still, are gone, or come back; nodes are lost and jobs pushed aside."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.private import Private, private_lab
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

MANIFEST = """\
otplan: 1
workspace: outages
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  a: {args: {step: a}}
  b: {args: {step: b}, inputs: {a: a}}
  beside: {args: {step: beside}}
"""

EATS = """\
import time

eaten = [bytearray(1 << 20) for _ in range(400)]
time.sleep(20)
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Private]:
    with private_lab() as lab:
        yield lab


@pytest.fixture
def outage(lab: Private, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a site on a Slurm that nobody else uses."""
    lab.heal()
    monkeypatch.setenv("SLURM_CONF", lab.configuration)
    monkeypatch.setenv("COLUMNS", "100")
    site = Site(tmp_path)
    site.prepare()
    monkeypatch.setenv("MINIATURE", str(site.control))
    site.make(MANIFEST)
    yield site
    lab.heal()
    site.clear()


def test_the_controller_is_restarted_and_nothing_is_made_again(lab: Private, outage: Site) -> None:
    outage.hold("a")
    outage.submit()
    outage.began("a")
    outage.until("script.beside/run", "done")
    before = outage.jobs()

    lab.stop("slurmctld")
    down = outage("plan", "manifest.yaml", code=8)
    lab.heal()

    assert "? script.a/run   unknown" in down.out
    assert outage.todo() == {}
    assert outage.jobs() == before
    outage.let_go()
    outage.until_all("done")
    assert outage.ran() == ["a", "b", "beside"]


def test_nothing_is_sent_while_the_controller_is_gone(lab: Private, outage: Site) -> None:
    lab.send("slurmctld", signal.SIGKILL)

    said = outage.submit(code=8)
    lab.heal()
    outage.submit()

    assert "Unable to contact slurm controller" in f"{said.out}{said.err}"
    outage.until_all("done")
    assert outage.ran() == ["a", "b", "beside"]


def test_a_controller_that_stands_still_while_jobs_are_sent_gets_each_once(
    lab: Private, outage: Site
) -> None:
    with lab.frozen("slurmctld"):
        apply = outage.started("apply", "manifest.yaml", "--auto-approve")
        with pytest.raises(Exception, match="timed out"):
            apply.communicate(timeout=4)
    apply.communicate(timeout=120)

    outage.submit()

    outage.until_all("done")
    assert outage.ran() == ["a", "b", "beside"]


def test_without_accounting_what_the_queue_knows_goes_on(lab: Private, outage: Site) -> None:
    outage.hold("a")
    outage.submit()
    outage.until("script.beside/run", "done")
    lab.send("slurmdbd", signal.SIGKILL)

    outage.write("manifest.yaml", outage.read() + "  more: {args: {step: more}}\n")
    planned = outage.todo()
    outage.submit()
    outage.until("script.more/run", "done")
    outage.let_go()
    outage.until_all("done")

    assert planned == {"script.more/run": "submit"}
    assert outage.ran() == ["a", "b", "beside", "more"]


def test_without_accounting_the_limits_of_partitions_count_and_those_of_accounts_are_unknown(
    lab: Private, outage: Site
) -> None:
    lab.send("slurmdbd", signal.SIGKILL)
    outage.edit("a: {args: {step: a}}", "a: {args: {step: a}, nodes: 9}")

    said = outage.submit(code=6)
    shown = outage("cluster", "show", "lab", "--refresh")

    assert "of the nodes of partition `main` 8 will do, and it asks for 9" in " ".join(
        said.out.split()
    )
    assert "No answer from sacctmgr show qos" in shown.out
    assert not outage.kept.exists()
    outage.until("script.beside/run", "done")


def test_a_job_whose_node_is_lost_starts_again_by_itself(lab: Private, outage: Site) -> None:
    outage.hold("a")
    outage.submit()
    outage.began("a")
    (job,) = outage.jobs("a.otp-")
    node = outage.slurm("squeue", "-h", "-j", job, "-o", "%N").strip()

    outage.slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")
    outage.began("a", times=2)
    outage.let_go()
    outage.until("script.b/run", "done")

    assert outage.ran() == ["a", "a", "b", "beside"]
    states = next(states for name, states in outage.records(3).items() if name.startswith("a."))
    assert states == ["NODE_FAIL", "COMPLETED"]


def test_a_job_that_is_preempted_starts_again_and_its_child_waits(
    lab: Private, outage: Site
) -> None:
    outage.edit("a: {args: {step: a}}", "a: {nodes: 8, cpus: 16, args: {step: a}}")
    outage.hold("a")
    outage.submit()
    outage.began("a")

    pushed = ("sbatch", "--parsable", "-p", "urgent", "-N8", "-c16", "-o", "/dev/null")
    urgent = outage.slurm(*pushed, "--wrap", "sleep 1").strip()
    outage.wait(lambda: urgent not in outage.slurm("squeue", "-h", "-o", "%i").split(), "urgent")
    outage.let_go()

    outage.until("script.b/run", "done")
    ran = outage.ran()
    assert ran.count("a") == 2
    assert ran.count("b") == 1


def test_a_job_that_takes_too_much_memory_is_told_and_needs_more(
    lab: Private, outage: Site
) -> None:
    outage.write("eat.py", EATS)
    eats = "  eat: {script: eat.py, memory: 100M, outputs: [x]}\n"
    outage.write("manifest.yaml", MANIFEST + eats)
    outage.submit()
    outage.until("script.eat/run", "failed", "out_of_memory")

    blocked = outage.change("script.eat/run")
    why = outage("why", "script.eat", "-m", "manifest.yaml").out
    outage.edit("memory: 100M", "memory: 900M")
    planned = outage.todo()

    assert blocked["action"] == "blocked"
    assert "memory" in why
    assert planned == {"script.eat/run": "submit"}
