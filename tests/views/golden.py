"""Expected output as files; REGENERATE_GOLDENS=1 writes what is drawn now, to be read as a diff."""

import os
from pathlib import Path

_FOLDER = Path(__file__).with_name("goldens")


def check(name: str, drawn: str) -> None:
    """Compare what was drawn with the file of that name, byte for byte."""
    path = _FOLDER / name
    if os.environ.get("REGENERATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(drawn.encode())
    assert drawn == path.read_bytes().decode()
