"""The wheel ships what otplan reads at run time, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("clusters", "manifests", "schema", "templates")


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> frozenset[PurePosixPath]:
    """Build the wheel, and return the paths in it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(PurePosixPath(name) for name in archive.namelist())


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_folder_is_in_the_wheel_as_it_is_here(
    contents: frozenset[PurePosixPath], name: str
) -> None:
    here = {str(path.relative_to(ROOT)) for path in _files(ROOT / name)}

    shipped = {str(path.relative_to("otplan/_shipped")) for path in contents if _is_in(path, name)}

    assert here
    assert here == shipped


def test_the_wheel_has_nothing_beside_the_package(contents: frozenset[PurePosixPath]) -> None:
    tops = {path.parts[0].partition("-")[0] for path in contents}

    assert tops == {"otplan"}
    assert PurePosixPath("otplan/py.typed") in contents


def _files(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]


def _is_in(path: PurePosixPath, name: str) -> bool:
    return path.is_relative_to(f"otplan/_shipped/{name}")
