"""Slurm forgets jobs that ended: their children are submitted when nobody knows their ids."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.private import Private, private_lab
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

PARENTS = """\
otplan: 1
workspace: forgotten
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  good: {args: {step: good}}
  bad: {args: {step: bad}}
"""
CHILDREN = """\
  reads-good: {args: {step: reads-good}, inputs: {a: good}}
  reads-bad: {args: {step: reads-bad}, inputs: {a: bad}}
"""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Private]:
    """Start a Slurm that forgets after two seconds, as soon as it looks (once a minute)."""
    monkeypatch.setenv("OTPLAN_LAB_MIN_JOB_AGE", "2")
    with private_lab() as lab:
        yield lab


@pytest.mark.parametrize("accounting", ["true", "false"])
def test_the_children_of_forgotten_parents_are_judged_by_what_the_parents_left(
    lab: Private, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accounting: str
) -> None:
    monkeypatch.setenv("SLURM_CONF", lab.configuration)
    site = Site(tmp_path)
    site.prepare()
    monkeypatch.setenv("MINIATURE", str(site.control))
    site.fail("bad")
    site.make(PARENTS, accounting=accounting, min_job_age="2")
    site.submit()
    site.wait(lambda: not site.slurm("squeue", "-h", "--states=all", "--me"), "known", 150)

    site.write("manifest.yaml", PARENTS + CHILDREN)
    planned = site.todo()
    site.submit()
    site.until("script.reads-good/run", "done")

    assert planned["script.bad/run"] == "blocked"
    assert planned["script.reads-good/run"] == "submit"
    assert site.ran() == ["bad", "good", "reads-good"]
    site.clear()
