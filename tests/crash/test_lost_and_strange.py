"""Records that are lost, damaged, out of reach or somebody else's: otplan stops and says so."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.settled import gets_there, goes_on, settled
from tests.crash.site import APPLY, Driver, Site

SLOW = pytest.mark.slow


def _garbage(place: Path) -> None:
    place.write_bytes(b"this is no database at all\n" * 400)


def _cut(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:5000])


def _folder(place: Path) -> None:
    place.unlink()
    place.mkdir()


def _newer(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA user_version = 999")


def _foreign(place: Path) -> None:
    place.unlink()
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE somebody (elses)")


@pytest.mark.parametrize(
    "harm", [_garbage, *(pytest.param(h, marks=SLOW) for h in (_cut, _folder, _newer, _foreign))]
)
def test_a_registry_that_cannot_be_read_stops_everything_until_it_is_put_back(
    site: Site, harm: Callable[[Path], None]
) -> None:
    site.apply()
    registry, kept = site.state / "registry.db", site.place / "kept"
    shutil.copy(registry, kept)
    harm(registry)

    for argv in (("plan", "manifest.yaml"), APPLY, ("status", "-m", "manifest.yaml")):
        done = site.otplan(*argv)

        assert done.code in (1, 8), site.said
        assert str(registry) in site.said
    if registry.is_dir():
        registry.rmdir()
    shutil.copy(kept, registry)
    settled(site)


@pytest.mark.parametrize("ended", [True, pytest.param(False, marks=SLOW)])
def test_a_lost_registry_is_told_and_nothing_is_made_again(site: Site, *, ended: bool) -> None:
    if not ended:
        site.gate.unlink()
    site.otplan(*APPLY, *(["--wait"] if ended else []))
    registry, kept = site.state / "registry.db", site.place / "kept"
    registry.rename(kept)

    for argv in (("plan", "manifest.yaml"), APPLY):
        done = site.otplan(*argv)

        assert done.code == 1, site.said
        assert "belongs to workspace" in site.said
    kept.rename(registry)
    site.gate.touch()
    goes_on(site)


def test_a_manifest_copied_with_its_workspace_is_refused(site: Site) -> None:
    site.apply()
    shutil.copy(site.folder / "manifest.yaml", site.folder / "copy.yaml")

    for argv in (("plan", "copy.yaml"), ("apply", "copy.yaml", "--auto-approve")):
        done = site.otplan(*argv)

        assert done.code == 1, site.said
        assert "`crash` belongs to" in site.said
        assert "otplan adopt --manifest" in site.said
    settled(site)


@pytest.fixture
def powerless() -> Iterator[Driver]:
    """Return a process that may not do what it has no right to, whoever runs the tests."""
    if not shutil.which("unshare"):
        pytest.skip("without unshare, root cannot become less than root")
    driver = Driver("unshare", "-U")
    yield driver
    driver.close()


def test_an_experiments_folder_that_may_not_be_written_is_told(
    site: Site, powerless: Driver
) -> None:
    site.state.mkdir(mode=0o555)
    mine, site.driver = site.driver, powerless

    done = site.otplan(*APPLY)

    assert done.code in (1, 8), site.said
    assert str(site.state) in site.said
    site.driver = mine
    site.state.chmod(0o755)
    goes_on(site)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["code", "crash", "local"])
def test_a_folder_of_experiments_that_may_not_be_written_is_told(
    site: Site, powerless: Driver, name: str
) -> None:
    site.state.mkdir()
    (site.state / name).mkdir(mode=0o555)
    mine, site.driver = site.driver, powerless

    done = site.otplan(*APPLY)

    assert done.code in (1, 6), site.said
    assert str(site.state / name) in site.said
    site.driver = mine
    (site.state / name).chmod(0o755)
    gets_there(site)
