"""The miniature, applied once and put back for each test; and an empty place for others."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.lab import Lab


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return where the miniature lies when it is applied, and a copy of how it was then.

    Records hold absolute paths: a test works at the first place, put back from the second.
    """
    root = tmp_path_factory.mktemp("finished")
    lab, kept = Lab(root / "lab"), root / "kept"
    lab.prepare()
    lab.make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINIATURE", str(lab.control))
        lab.apply()
        lab.ran()
        lab.settle()
    shutil.copytree(lab.root, kept, symlinks=True)
    return lab.root, kept


@pytest.fixture
def lab(finished: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return the miniature, done to the last stage."""
    place, kept = finished
    shutil.rmtree(place)
    shutil.copytree(kept, place, symlinks=True)
    lab = Lab(place)
    monkeypatch.setenv("MINIATURE", str(lab.control))
    monkeypatch.setenv("COLUMNS", "100")
    yield lab
    lab.settle()


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return a place for a project that was never applied; `make` makes it."""
    lab = Lab(tmp_path)
    lab.prepare()
    monkeypatch.setenv("MINIATURE", str(lab.control))
    monkeypatch.setenv("COLUMNS", "100")
    yield lab
    lab.settle()
