"""The team's registry and a real Slurm: two who apply at once send every stage once."""

from collections import Counter

import pytest

from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import environment
from tests.slurm.site import Site
from tests.slurm.test_chain import STEPS

pytestmark = pytest.mark.services


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
