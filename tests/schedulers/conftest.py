"""What the tests of schedulers share; and let pytest explain the assertions of the suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "tests.conformance.schedulers",
    "tests.conformance.scheduler_edges",
    "tests.conformance.scheduler_cancel",
    "tests.conformance.scheduler_world",
    "tests.conformance.local_world",
    "tests.conformance.slurm_world",
)

from tests.conformance.local_world import LocalWorld  # noqa: E402 - it is rewritten from here on


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalWorld]:
    """Return a queue of this machine, and leave nothing of it running."""
    world = LocalWorld(tmp_path)
    yield world
    world.close()
