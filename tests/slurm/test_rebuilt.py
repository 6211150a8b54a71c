"""The registry file is lost while one job is done, one runs and one queues."""

import pytest

from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

MANIFEST = """\
otplan: 1
workspace: rebuilt
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  a: {args: {step: a}}
  b: {args: {step: b}, inputs: {a: a}}
  c: {args: {step: c}, inputs: {b: b}}
"""


def test_a_lost_registry_is_made_anew_and_nothing_is_submitted_twice(site: Site) -> None:
    site.hold("b")
    site.make(MANIFEST)
    site.submit()
    site.began("b")
    before = site.jobs()

    (site.root / "experiments" / "registry.db").unlink()
    site("plan", "manifest.yaml", code=1)
    site("registry", "rebuild", "manifest.yaml")
    planned = site.todo()
    site.submit()
    after = site.jobs()
    site.let_go()
    site.until_all("done")

    assert planned == {}
    assert after == before
    assert site.ran() == ["a", "b", "c"]
    assert site.todo() == {}
