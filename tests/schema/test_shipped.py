"""Where shipped files are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from otplan import shipped
from otplan.errors import OtplanError


def _put(base: Path, name: str = "local.yaml") -> Path:
    file = base / "clusters" / name
    file.parent.mkdir(parents=True)
    file.write_text("")
    return file


def test_a_checkout_uses_its_own_folders() -> None:
    assert shipped.folder("schema") == Path(__file__).parents[2] / "schema"


def test_a_wheel_uses_what_it_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "_shipped" / "schema"
    inside.mkdir(parents=True)
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)

    found = shipped.folder("schema")

    assert found == inside


def test_a_file_beside_the_manifest_wins_over_the_users_and_that_over_the_shipped(
    tmp_path: Path,
) -> None:
    beside, user = tmp_path / "beside", tmp_path / "user"
    own, theirs = _put(beside), _put(user)

    found = [
        shipped.find("clusters", "local.yaml", beside=str(beside), user=str(user)),
        shipped.find("clusters", "local.yaml", beside=str(tmp_path), user=str(user)),
        shipped.find("clusters", "local.yaml", beside=str(tmp_path), user=""),
    ]

    assert found == [own, theirs, shipped.folder("clusters") / "local.yaml"]


def test_a_file_that_is_nowhere_says_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(OtplanError, match="There is no file clusters/gone") as caught:
        shipped.find("clusters", "gone.yaml", beside=str(tmp_path), user="")

    assert str(tmp_path / "clusters" / "gone.yaml") in caught.value.help
