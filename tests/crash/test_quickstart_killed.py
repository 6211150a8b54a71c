"""The same on the manifest that `otplan init` writes, in a git repository."""

import subprocess

import pytest

from tests.crash.settled import quiet
from tests.crash.site import Site
from tests.crash.strokes import Stroke

STROKES = [
    Stroke("code.export", 1, "while", 0.003),
    Stroke("registry.intend", 3, "after"),
    Stroke("scheduler.submit", 5, "before"),
    Stroke("scheduler.submit", 9, "after"),
    Stroke("shell.spawn", 1, "before"),
    # How many there are depends on which jobs end between two looks; never fewer than these.
    Stroke("registry.note", 9, "before"),
    Stroke("time", delay=0.4),
    Stroke("time", delay=0.9),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "stroke", STROKES, ids=lambda s: f"{s.moment} {s.effect} {s.nth} {s.delay}"
)
def test_a_killed_quickstart_is_gone_on_with(site: Site, stroke: Stroke) -> None:
    _begin(site)

    killed = site.apply(stroke)

    assert killed.code == -9, site.said
    assert site.apply().code == 0, site.said
    quiet(site)
    planned = site.otplan("plan", "manifest.yaml", "--detailed-exitcode")
    assert planned.code == 0, site.said
    assert "No changes. 10 done." in site.said
    assert [state for _, state in site.jobs] == ["COMPLETED"] * 10
    assert sorted(path.name for path in site.state.rglob("attempt-*")) == ["attempt-1"] * 10
    assert not list(site.state.rglob("*.unfinished-*"))
    assert len({name for name, _ in site.jobs}) == 10


def _begin(site: Site) -> None:
    """Put the quickstart into the site, and commit it."""
    (site.folder / "manifest.yaml").unlink()
    assert site.otplan("init", ".").code == 0, site.said
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for argv in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "begin")):
        subprocess.run(["git", *argv], cwd=site.folder, check=True)
