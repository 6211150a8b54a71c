"""Joins between very many jobs and the one that reads them all, with three as very many."""

import pytest

from otplan.planner import joins
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

HEAD = """\
otplan: 1
workspace: joins
cluster: lab
code: [step.sh]
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  part: {matrix: {n: [1, 2, 3, 4, 5]}, args: {step: "part-${matrix.n}"}}
  whole: {args: {step: whole}, inputs: {parts: "part[*]"}}
"""


def test_a_reader_of_many_waits_for_joins_and_one_failure_is_made_good(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "MOST", 3)
    site.make(HEAD)
    site.fail("part-2")

    site.submit()
    site.until("script.part[n=2]/run", "failed")
    blocked = site.todo()
    site.mend("part-2")
    site("retry", "script.part[n=2]", "-m", "manifest.yaml")
    site.submit()
    site.until("script.whole/run", "done")

    assert blocked["script.part[n=2]/run"] == "blocked"
    assert site.states()["script.whole/join-1"] == "done"
    assert site.states()["script.whole/join-2"] == "done"
    assert site.ran().count("whole") == 1
    assert site.todo() == {}
