"""What was read last of a workspace on a service, kept for plans that ask nobody."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from otplan.core.record import Recorded
from otplan.shell import files


def keep(folder: Path, place: str, recorded: Recorded) -> None:
    """Keep what was read at a place; where that cannot be written, nothing is lost."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        file = _file(folder, place, recorded.workspace)
        files.place(file, msgspec.json.encode(recorded), 0o600)


def recall(folder: Path, place: str, workspace: str) -> Recorded:
    """Return what was kept; an empty record where that is nothing, or of another otplan."""
    try:
        return msgspec.json.decode(_file(folder, place, workspace).read_bytes(), type=Recorded)
    except (OSError, msgspec.MsgspecError):
        return Recorded(workspace)


def _file(folder: Path, place: str, workspace: str) -> Path:
    return folder / f"{workspace}-{sha256(place.encode()).hexdigest()[:8]}.json"
