"""The lab's Slurm as the cluster `lab` of a project in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.slurm.site")

from tests.slurm.lab import configuration  # noqa: E402 - the site is rewritten from here on
from tests.slurm.site import Site  # noqa: E402


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return an empty project on the lab's Slurm, and leave nothing of it in the queue."""
    monkeypatch.setenv("SLURM_CONF", configuration())
    monkeypatch.setenv("COLUMNS", "100")
    site = Site(tmp_path)
    site.prepare()
    monkeypatch.setenv("MINIATURE", str(site.control))
    yield site
    site.clear()
