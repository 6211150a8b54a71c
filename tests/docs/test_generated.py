"""Generated pages and schemas are what their sources say now."""

from pathlib import Path

import pytest

from docs.generate import generated


@pytest.mark.parametrize("path", sorted(generated()), ids=lambda path: path.name)
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    expected = generated()[path]

    found = path.read_bytes() if path.exists() else b""

    assert expected == found, "run: ./dev docs"
