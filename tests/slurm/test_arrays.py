"""Arrays: elements are told apart everywhere, and one that failed is made anew alone."""

from collections import Counter

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

MANIFEST = """\
otplan: 1
workspace: arrays
cluster: lab
defaults: {{slurm: {{time: "00:10:00"}}}}
datasets:
  many:
    attempts: {attempts}
    generate: {{script: step.sh, args: {{step: part}}, chunks: 4, chunks_at_once: {at_once}}}
scripts:
  child: {{script: step.sh, args: {{step: child}}, inputs: {{many: many}}}}
"""

PARTS = ["part-0", "part-1", "part-2", "part-3"]


def _begin(site: Site, attempts: int = 1, at_once: int = 4) -> None:
    site.make(MANIFEST.format(attempts=attempts, at_once=at_once))
    site.submit()


def _parts(site: Site) -> list[list[str]]:
    """Return id, name, state, reason and folder of each element in the queue."""
    rows = (row.split() for row in site.queue_says().splitlines())
    return [row for row in rows if "_" in row[0]]


def test_one_element_fails_and_alone_is_made_anew_and_the_children_run(site: Site) -> None:
    site.fail("part-1")
    _begin(site)
    site.until("dataset.many/generate", "failed")
    site.until("script.child/run", "stuck", "queued")
    site.mend("part-1")
    site("retry", "dataset.many", "-m", "manifest.yaml")

    change = site.change("dataset.many/generate")
    site.submit()

    assert change["elements"] == [1]
    site.until_all("done")
    assert Counter(site.ran()) == {**dict.fromkeys(PARTS, 1), "part-1": 2, "child": 1}


def test_one_element_is_made_anew_while_another_still_runs(site: Site) -> None:
    site.fail("part-2")
    site.hold("part-3")
    _begin(site)
    site.began("part-3")
    site.wait(lambda: len(_parts(site)) == 1, "the others do not end")
    site.mend("part-2")
    site("retry", "dataset.many", "-m", "manifest.yaml")

    site.submit()
    site.began("part-2", times=2)
    site.let_go()

    site.until_all("done")
    assert Counter(site.ran()) == {**dict.fromkeys(PARTS, 1), "part-2": 2, "child": 1}


def test_the_last_element_requeues_and_the_others_are_left_alone(site: Site) -> None:
    site.fail("part-3")
    _begin(site, attempts=2)
    site.began("part-3")
    site.mend("part-3")

    site.until_all("done")

    ran = Counter(site.ran())
    assert ran.pop("part-3") <= 2
    assert ran == {**dict.fromkeys(PARTS[:3], 1), "child": 1}


def test_an_array_runs_no_more_elements_at_once_than_it_may(site: Site) -> None:
    site.hold(*PARTS)
    _begin(site, at_once=2)
    site.began("part-0")
    site.began("part-1")

    states = Counter(row[2] for row in _parts(site))

    assert states == {"RUNNING": 2, "PENDING": 2}


def test_an_element_that_is_a_twin_cancels_itself_alone(site: Site) -> None:
    site.hold(*PARTS)
    _begin(site)
    for part in PARTS:
        site.began(part)
    _, name, *_, folder = _parts(site)[0]
    script = f"{folder}/attempt-1/script.sh"

    late = site.slurm(
        *("sbatch", "--parsable", f"--job-name={name}", f"--chdir={folder}"),
        *("--array=0-3", "-o", "late", script),
    ).strip()
    site.wait(lambda: not any(j.startswith(late) for j in site.jobs()), "the twins do not end")
    site.let_go()

    site.until_all("done")
    assert site.ran() == ["child", *PARTS]
    said = site.slurm("squeue", "-h", "-r", "-t", "all", "-j", late, "-o", "%T").split()
    assert said == ["CANCELLED"] * 4
