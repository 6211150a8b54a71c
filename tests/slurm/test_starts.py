"""One attempt may start several times: the job keeps its id, and what waits for it waits on."""

import json
from pathlib import Path

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

MANIFEST = """\
otplan: 1
workspace: starts
cluster: lab
defaults: {{scripts: {{slurm: {{time: "{time}"}}, attempts: {attempts}, outputs: [made]}}}}
scripts:
  work: {{script: work.sh, args: {{fails: {fails}, how: {how}}}}}
  child: {{script: child.sh, attempts: 1, inputs: {{work: work}}}}
"""

# Fails so often, counted in the run folder, where what a start leaves is for the next one.
WORK = """\
#!/bin/bash
trap 'exit 9' USR1
echo start >>"$OTPLAN_RUN_DIR/checkpoints/starts"
if (($(wc -l <"$OTPLAN_RUN_DIR/checkpoints/starts") <= $2)); then
    [[ $4 == exit ]] && exit 3
    while :; do sleep 0.1; done
fi
cp "$OTPLAN_RUN_DIR/checkpoints/starts" "$OTPLAN_OUTPUT/made"
"""
CHILD = 'cp "$OTPLAN_INPUT_WORK/made" "$OTPLAN_OUTPUT/made"\n'


def begin(site: Site, fails: int, attempts: int, *, how: str = "exit", **cluster: str) -> None:
    """Make a project whose work fails so often before it succeeds, and apply it."""
    time = "00:10:00" if how == "exit" else "00:01:00"
    site.write("work.sh", WORK)
    site.write("child.sh", CHILD)
    text = MANIFEST.format(fails=fails, attempts=attempts, how=how, time=time)
    site.make(text, **cluster)
    site.submit()


def attempts(site: Site) -> list[str]:
    """Return the attempts that were made of the work."""
    folder = _folder(site, "script.work")
    return sorted(path.name for path in folder.glob("attempt-*"))


def last_word(site: Site, n: int = 1) -> dict[str, object]:
    """Return what attempt n of the work wrote last."""
    path = _folder(site, "script.work") / f"attempt-{n}" / "result.json"
    found: dict[str, object] = json.loads(path.read_text())
    return found


def endings(site: Site) -> list[str]:
    """Return how the starts of attempt 1 of the work ended that were no success."""
    return (_folder(site, "script.work") / "attempt-1" / "endings").read_text().splitlines()


def _folder(site: Site, label: str) -> Path:
    stages = site("why", label, "-m", "manifest.yaml", "--json").document["stages"]
    return Path(stages[0]["explanation"]["folder"])


def test_two_failures_are_two_starts_of_one_job(site: Site) -> None:
    begin(site, fails=2, attempts=3)

    site.until("script.child/run", "done")

    assert attempts(site) == ["attempt-1"]
    assert last_word(site)["restarts"] == 2
    assert endings(site) == ["0 failed", "1 failed"]
    assert len(site.records(2)) == 2
    assert (site.output("script.child") / "made").read_text() == "start\n" * 3


@pytest.mark.timeout(300)
def test_the_time_limit_twice_and_the_third_start_succeeds(site: Site) -> None:
    begin(site, fails=2, attempts=3, how="sleep")

    site.until("script.work/run", "running")
    waiting = site.states()["script.child/run"]
    site.until("script.child/run", "done", patience=240)

    assert waiting == "queued"
    assert attempts(site) == ["attempt-1"]
    assert endings(site) == ["0 timeout", "1 timeout"]
    assert (site.output("script.child") / "made").read_text() == "start\n" * 3


def test_the_attempts_are_used_up_by_starts(site: Site) -> None:
    begin(site, fails=9, attempts=2)

    site.until("script.work/run", "failed")
    site("sync", "manifest.yaml")
    change = site.change("script.work/run")

    assert change["action"] == "blocked"
    assert attempts(site) == ["attempt-1"]
    assert endings(site) == ["0 failed", "1 failed"]


def test_a_success_at_once_runs_nothing_more(site: Site) -> None:
    begin(site, fails=0, attempts=3)

    site.until("script.child/run", "done")

    assert attempts(site) == ["attempt-1"]
    assert {len(states) for states in site.records(2).values()} == {1}


def test_where_requeue_is_refused_the_next_attempt_is_a_job_of_its_own(site: Site) -> None:
    begin(site, fails=1, attempts=2, requeue="false")
    site.until("script.work/run", "failed", "ready")

    said = site("continue", "starts", "--state", str(site.root / "experiments" / "registry.db"))

    assert "1 submitted" in said.out
    site.until("script.child/run", "done")
    assert attempts(site) == ["attempt-1", "attempt-2"]
    assert last_word(site)["cause"] == "failed"
