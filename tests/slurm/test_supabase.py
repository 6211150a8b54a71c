"""The team's registry and a real Slurm: whoever applies and whatever is away, each is once."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import Line, environment, line
from tests.slurm.site import Site
from tests.slurm.test_chain import STEPS

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]


@pytest.fixture
def shared(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return the miniature, in a workspace of its own on Supabase."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    site.make()
    site.edit("workspace: miniature\n", f"workspace: {fresh()}\nregistry: supabase\n")
    site.commit()
    return site


def test_two_who_apply_at_once_send_every_stage_once(shared: Site) -> None:
    command = ("apply", "manifest.yaml", "--auto-approve")

    with shared.started(*command) as first, shared.started(*command) as second:
        said = [each.communicate(timeout=100)[0] for each in (first, second)]

    shared.until_all("done")
    shared("sync", "manifest.yaml")
    assert 0 in (first.returncode, second.returncode), said
    assert "No changes." in shared("plan", "manifest.yaml", "--detailed-exitcode").out
    assert list(shared.records(len(STEPS)).values()) == [["COMPLETED"]] * len(STEPS)
    assert Counter(shared.ran()) == dict.fromkeys(STEPS, 1)


@pytest.fixture
def cut(shared: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """Return the line to Supabase, which can be cut; facts are kept in a folder of the test."""
    with line() as made:
        monkeypatch.setenv("SUPABASE_URL", made.url)
        monkeypatch.setenv("XDG_STATE_HOME", str(shared.root / "state"))
        yield made


@pytest.mark.parametrize("last", ["approve", "intend", "note"])
def test_where_it_goes_away_before_while_or_after_jobs_are_sent_every_stage_is_made_once(
    shared: Site, cut: Line, last: str
) -> None:
    shared.hold("all")
    cut.last = last
    shared.submit(code=6)
    sent = len(shared.jobs())
    cut.hear()
    shared("continue")
    live = shared.jobs()
    shared.let_go()

    shared.until_all("done")
    shared("sync", "manifest.yaml")

    assert sent == {"approve": 0, "intend": 2, "note": 2}[last]
    assert len(live) == len(STEPS)
    assert list(shared.records(len(STEPS)).values()) == [["COMPLETED"]] * len(STEPS)
    assert Counter(shared.ran()) == dict.fromkeys(STEPS, 1)
    assert list((shared.root / "state" / "otplan" / "facts").glob("*/[0-9]*.json")) == []


def test_a_second_checkout_sees_what_the_first_sent_and_sends_what_it_kept(
    shared: Site, cut: Line
) -> None:
    shared.git("remote", "add", "origin", "https://example.org/team/project.git")
    second = Site(shared.root / "second")
    second.root.mkdir()
    shutil.copytree(shared.folder, second.folder)
    shared.hold("all")
    cut.last = "intend"
    shared.submit(code=6)
    cut.hear()

    planned = second("plan", "manifest.yaml").out
    second.submit()
    live = shared.jobs()
    nothing = shared.todo()
    shared.let_go()
    shared.until_all("done")

    assert "Plan: 7 to submit" in planned
    assert len(live) == len(STEPS)
    assert nothing == {}
    assert list((shared.root / "state" / "otplan" / "facts").glob("*/[0-9]*.json")) == []
    second("sync", "manifest.yaml")
    assert "No changes." in second("plan", "manifest.yaml", "--detailed-exitcode").out
    assert Counter(shared.ran()) == dict.fromkeys(STEPS, 1)


@pytest.fixture
def open_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return the miniature where other users may look, as they may not below pytest's folders."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    folder = Path(tempfile.mkdtemp(prefix="otplan-shared-"))
    folder.chmod(0o755)
    made = Site(folder)
    made.prepare()
    monkeypatch.setenv("MINIATURE", str(made.control))
    made.make()
    made.edit("workspace: miniature\n", f"workspace: {fresh()}\nregistry: supabase\n")
    made.commit()
    made.git("remote", "add", "origin", "https://example.org/team/project.git")
    yield made
    made.clear()
    shutil.rmtree(folder)


def test_a_colleague_sees_a_live_job_as_ours_and_neither_sends_nor_cancels_it(
    open_site: Site,
) -> None:
    open_site.hold("all")
    open_site.submit()
    open_site.began("pairs")
    ours = open_site.jobs()

    planned = _as_somebody(open_site, "plan", "manifest.yaml", "--json")
    applied = _as_somebody(open_site, "apply", "manifest.yaml", "--auto-approve")
    cancelled = _as_somebody(open_site, "cancel", "pairs", "-m", "manifest.yaml")

    changes = json.loads(planned.stdout)["changes"]
    assert {each["action"] for each in changes} == {"keep"}
    assert applied.returncode == 0, applied.stderr
    assert "can cancel these jobs" in cancelled.stderr
    assert open_site.jobs() == ours
    open_site.let_go()
    open_site.until_all("done")
    assert Counter(open_site.ran()) == dict.fromkeys(STEPS, 1)


def _as_somebody(site: Site, *argv: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in a checkout of another user, who sees none of our jobs as their own."""
    home = site.root / "home"
    home.mkdir(exist_ok=True)
    shutil.copytree(site.folder, home / "project", dirs_exist_ok=True)
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534)
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    env |= {"HOME": str(home), "LOGNAME": "nobody", "USER": "nobody"}
    who = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    argv = (*who, sys.executable, "-m", "otplan", *argv)
    return subprocess.run(
        argv, cwd=home / "project", env=env, capture_output=True, text=True, check=False
    )
