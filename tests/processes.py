"""What runs on this machine now, as /proc tells it."""

from contextlib import suppress
from pathlib import Path


def living(word: str = "", pair: str = "") -> list[int]:
    """Return processes with a word in their command line and a pair in their environment."""
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if word.encode() in _read(folder / "cmdline")
        and (not pair or pair.encode() in _read(folder / "environ").split(b"\0"))
    ]


def _read(path: Path) -> bytes:
    """Return what a file in /proc holds, nothing where its process has gone."""
    with suppress(OSError):
        return path.read_bytes()
    return b""
