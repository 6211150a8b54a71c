"""A driver for all crashes of a session, and sites for them to happen in."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.crash.settled")

from tests.crash.site import Driver, Site  # noqa: E402 - what it asserts is rewritten from here on


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Return the process that crashes are played in."""
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Return a folder in memory, where there is one: these tests write and sync a lot."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is made safely
    folder = Path(tempfile.mkdtemp(prefix="otplan-crash-", dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sites(driver: Driver, scratch: Path) -> Iterator[Callable[[], Site]]:
    """Return a maker of new sites; nothing of them is left running."""
    made: list[Site] = []
    numbers = count()

    def make() -> Site:
        while made:
            made.pop().close()
        made.append(Site(scratch / str(next(numbers)), driver))
        return made[0]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(sites: Callable[[], Site]) -> Site:
    """Return a new site."""
    return sites()
