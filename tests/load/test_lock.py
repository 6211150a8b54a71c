"""otplan.lock: written whole and sorted, read back, and told of where it says something else."""

from pathlib import Path

import pytest

from otplan.errors import ManifestInvalid
from otplan.load import lock
from tests.load.build import loaded

SOURCE = "datasets:\n  d: {source: {path: data}}\n"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    manifest = str(tmp_path / "m.yaml")
    pins = {"path:b": "sha256:1", 'path:a "x": y': "010"}

    lock.write(manifest, pins)

    assert lock.read(manifest) == pins
    assert [path.name for path in tmp_path.iterdir()] == ["otplan.lock"]


def test_lines_are_sorted_below_a_comment() -> None:
    lines = lock.content({"b": "2", "a": "1"}).decode().splitlines()

    assert lines[0].startswith("#")
    assert lines[-2:] == ['"a": "1"', '"b": "2"']


def test_without_a_file_nothing_is_pinned(tmp_path: Path) -> None:
    assert lock.read(str(tmp_path / "m.yaml")) == {}


@pytest.mark.parametrize("content", ["a: 1\n", "- a\n", "a: b\na: c\n", "<<<<<<< HEAD\na: b\n"])
def test_a_lock_that_says_something_else_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "otplan.lock").write_text(content)

    with pytest.raises(ManifestInvalid) as caught:
        lock.read(str(tmp_path / "m.yaml"))

    assert all(one.place and one.place.line for one in caught.value.diagnostics)


def test_a_resource_has_the_pins_of_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "otplan.lock").write_text('"path:data": "sha256:1"\n')

    result = loaded(tmp_path, SOURCE)

    assert result.resources[0].pins == {"path:data": "sha256:1"}
    assert {name: place.line for name, place in result.floating.items()} == {"path:data": 4}


def test_a_name_without_a_pin_has_none(tmp_path: Path) -> None:
    assert loaded(tmp_path, SOURCE).resources[0].pins == {"path:data": ""}
