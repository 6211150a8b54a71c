"""The manifest is edited while its jobs queue, while they run, and when they are over."""

import os
from pathlib import Path

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

MANIFEST = """\
otplan: 1
workspace: edits
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
  a: {args: {step: a}}
  b: {args: {step: b}, inputs: {a: a}, slurm: {time: "00:10:00"}}
  c: {args: {step: c}, inputs: {b: b}}
"""


def _began(site: Site) -> None:
    """Apply, and wait until the first step runs and the others queue."""
    site.hold("a")
    site.make(MANIFEST)
    site.submit()
    site.began("a")


def test_more_time_for_a_queued_job_is_given_in_place(site: Site) -> None:
    _began(site)
    before = site.jobs()
    site.edit('inputs: {a: a}, slurm: {time: "00:10:00"}', 'inputs: {a: a}, slurm: {time: "2h"}')

    planned = site.plan()
    site.submit()

    assert planned == {"script.b/run": "update"}
    assert site.jobs() == before
    assert site.slurm("squeue", "-h", "-j", *site.jobs("b.otp-"), "-o", "%l") == "2:00:00\n"
    site.let_go()
    site.until_all("done")


def test_other_processors_for_a_queued_job_replace_it_and_its_child_waits_for_the_new_one(
    site: Site,
) -> None:
    _began(site)
    (old,) = site.jobs("b.otp-")
    site.edit("b: {args: {step: b}", "b: {cpus: 2, args: {step: b}")

    planned = site.plan()
    site.submit()

    assert planned == {"script.b/run": "replace", "script.c/run": "update"}
    (new,) = site.jobs("b.otp-")
    assert new != old
    site.let_go()
    site.until_all("done")
    assert site.ran() == ["a", "b", "c"]


def test_another_program_for_a_running_job_needs_a_persons_word(site: Site) -> None:
    _began(site)
    (old,) = site.jobs("a.otp-")
    site.edit("a: {args: {step: a}}", "a: {args: {step: a, more: x}}")

    blocked = site.change("script.a/run")
    site.submit()
    kept = site.jobs("a.otp-")
    site.submit("--replace-running")

    assert blocked["action"] == "blocked"
    assert blocked["reasons"][0]["help"] == "otplan apply --replace-running"
    assert kept == [old]
    site.let_go()
    site.until_all("done")
    assert site.ran() == ["a", "a", "b", "c"]


def test_a_queued_resource_that_is_removed_is_cancelled(site: Site) -> None:
    _began(site)
    site.edit("  c: {args: {step: c}, inputs: {b: b}}\n", "")

    planned = site.plan()
    site.submit()

    assert planned == {"script.c/run": "cancel"}
    assert site.jobs("c.otp-") == []
    site.let_go()
    site.until_all("done")
    assert site.ran() == ["a", "b"]


def test_a_running_resource_that_is_removed_runs_on_until_a_person_says_so(site: Site) -> None:
    _began(site)
    site.edit("  c: {args: {step: c}, inputs: {b: b}}\n", "")
    site.edit('  b: {args: {step: b}, inputs: {a: a}, slurm: {time: "00:10:00"}}\n', "")
    site.edit("  a: {args: {step: a}}", "  d: {args: {step: d}}")

    planned = site.plan()
    site.submit("--cancel-running")

    assert planned["script.a/run"] == "blocked"
    site.until("script.d/run", "done")
    site.wait(lambda: site.jobs() == [], "the old jobs do not end")
    assert site.ran() == ["a", "d"]


def test_what_is_done_and_removed_is_archived_and_comes_back_as_done(site: Site) -> None:
    site.make(MANIFEST)
    site.submit()
    site.until_all("done")
    site("sync", "manifest.yaml")
    line = "  c: {args: {step: c}, inputs: {b: b}}\n"
    site.edit(line, "")

    removed = site.plan()
    site.write("manifest.yaml", site.read() + line)

    assert removed == {"script.c/run": "rest"}
    assert site.plan() == {}
    assert site.ran() == ["a", "b", "c"]


def test_somebody_cancels_a_job_in_the_middle(site: Site) -> None:
    _began(site)
    site.hold("b")
    site.let_go("a")
    site.began("b")
    site.slurm("scancel", *site.jobs("b.otp-"))
    site.until("script.c/run", "stuck")

    planned = site.plan()
    site.let_go()
    site("retry", "script.b", "-m", "manifest.yaml")
    site.submit()

    assert planned["script.b/run"] == "blocked"
    site.until_all("done")
    assert site.ran() == ["a", "b", "b", "c"]


# A site whose job_submit plugin lets nobody modify a job.
STRICT = """\
#!/bin/sh
case "$1 $*" in
    update*TimeLimit=*)
        echo 'slurm_update error: Access/permission denied' >&2
        exit 1 ;;
esac
exec {true} "$@"
"""


def test_what_the_site_refuses_to_change_is_replaced_by_the_next_apply(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _began(site)
    (old,) = site.jobs("b.otp-")
    scontrol = tmp_path / "bin" / "scontrol"
    scontrol.parent.mkdir()
    scontrol.write_text(STRICT.format(true=site.slurm("which", "scontrol").strip()))
    scontrol.chmod(0o755)
    monkeypatch.setenv("PATH", f"{scontrol.parent}:{os.environ['PATH']}")
    site.edit('inputs: {a: a}, slurm: {time: "00:10:00"}', 'inputs: {a: a}, slurm: {time: "2h"}')

    said = site.submit(code=6)
    replanned = site.change("script.b/run")
    site.submit()
    (new,) = site.jobs("b.otp-")
    site.let_go()
    site.until_all("done")

    assert "it is replaced instead by the next:" in said.out
    assert replanned["action"] == "replace"
    assert "Access/permission denied" in replanned["reasons"][0]["text"]
    assert new != old
    assert site.ran() == ["a", "b", "c"]
