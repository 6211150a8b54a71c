"""The team's registry and a real Slurm: whoever applies and whatever is away, each is once."""

from collections import Counter
from collections.abc import Iterator

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
