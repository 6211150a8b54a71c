"""A disk that is full: the command ends with 1 and says so, and nothing is lost."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.site import APPLY, Site

SIZE = 1 << 20
PAGE = 4096


@pytest.fixture
def small(site: Site) -> Iterator[Site]:
    """Return a site whose experiments lie on a disk of 1 MB."""
    site.state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(site.state)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("only root may mount a small disk")
    yield site
    site.close()
    subprocess.run(["umount", "--lazy", str(site.state)], check=True)


@pytest.mark.parametrize(
    "pages", [pytest.param(0), *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 66, 4))]
)
def test_a_full_disk_ends_a_command_with_1_and_loses_nothing(small: Site, pages: int) -> None:
    filler = small.state / "filler"
    _fill(filler, pages * PAGE)

    done = small.otplan(*APPLY)

    said = small.said
    filler.unlink()
    assert done.code in ((0, 1, 6) if pages else (1,)), said
    assert done.code == 0 or "space" in said or "Make room" in said, said
    _go_on(small)


@pytest.mark.slow
@pytest.mark.parametrize("pages", [*range(8), *range(8, 64, 8)])
def test_so_does_one_that_holds_all_but_the_registry(small: Site, pages: int) -> None:
    manifest = small.folder / "manifest.yaml"
    manifest.write_text(f"state: {small.place}/registry.db\n{manifest.read_text()}")
    filler = small.state / "filler"
    _fill(filler, pages * PAGE)

    done = small.otplan(*APPLY)

    said = small.said
    filler.unlink()
    assert done.code in (0, 1, 6), said
    assert done.code == 0 or "space" in said or "Make room" in said, said
    _go_on(small)


def _fill(filler: Path, left: int) -> None:
    """Fill the disk but for so many bytes."""
    free = os.statvfs(filler.parent).f_bavail * os.statvfs(filler.parent).f_frsize
    filler.write_bytes(b"\0" * (free - left))


def _go_on(site: Site) -> None:
    """Apply again; a job that failed because it could not write is allowed another attempt."""
    done = site.apply()
    for _ in range(5):
        if done.code == 0:
            break
        assert "otplan retry" in site.said
        assert site.otplan("retry", "-m", "manifest.yaml", "state:failed").code == 0, site.said
        done = site.apply()
    assert done.code == 0, site.said
    assert site.otplan("plan", "manifest.yaml", "--detailed-exitcode").code == 0, site.said
    assert _ended(site) == dict.fromkeys(site.started, 1)


def _ended(site: Site) -> dict[str, int]:
    """Return how often a program came to its end in each run folder."""
    lines = site.runs.read_text().splitlines()
    return dict(Counter(line.split()[0] for line in lines if line.endswith(" ends")))
