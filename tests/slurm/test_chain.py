"""A manifest goes through a real Slurm: submitted once, done, and then nothing is left to do."""

from collections import Counter

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

BY_ORDER = [f"{step}-{order}" for step in ("train", "merge", "bits") for order in (3, 5)]
STEPS = ["pairs", "heldout", "small", *BY_ORDER]


def test_the_quickstart_goes_from_plan_to_done(site: Site) -> None:
    site("init", ".")
    manifest = site.read()
    site.make(manifest.replace("cluster: local\n", "cluster: lab\n"))

    site.submit()
    site.until_all("done")
    site("sync", "manifest.yaml")

    assert "No changes. 10 done." in site("plan", "manifest.yaml", "--detailed-exitcode").out
    assert list(site.records(10).values()) == [["COMPLETED"]] * 10
    bits = site("results", "manifest.yaml", "--json").document["tables"]["evals"]
    assert len(bits) == 4


def test_a_failure_is_retried_and_its_children_run(site: Site) -> None:
    site.make()
    site.fail("train-3")
    site.submit()
    site.until("training.ngram[order=3]/train", "failed")
    site.until("eval.bits[order=5]/evaluate", "done")
    waiting = site.states()["consolidation.merged[order=3]/consolidate"]
    site.mend("train-3")

    site("retry", "training.ngram[order=3]", "-m", "manifest.yaml")
    said = site.submit()

    assert waiting == "stuck"
    assert "1 submitted, 1 updated" in said.out
    site.until_all("done")
    assert Counter(site.ran()) == {step: 1 + (step == "train-3") for step in STEPS}
