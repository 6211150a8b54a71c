"""Facts that a registry has not taken yet, kept in files of the user's own until it does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import msgspec

from otplan.core.record import Fact
from otplan.errors import OtplanError
from otplan.shell import files

_facts = msgspec.json.Decoder(tuple[Fact, ...])


@dataclass(frozen=True, slots=True)
class Outbox:
    """A folder, in it one for each workspace, named by its id, and there a file for each noting.

    A file is written whole, never changed, and removed only after its facts were taken: so any
    number of writers need no lock, and what is sent twice is one fact.
    """

    folder: Path

    def put(self, workspace_id: str, facts: Sequence[Fact]) -> Path:
        """Keep facts until `drop`: they are on disk when this returns. Raise OSError otherwise.

        Names rise with the time, so that facts are sent in the order in which they were kept.
        """
        folder = self.folder / workspace_id
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{time.time_ns():020}-{token_hex(4)}.json"
        files.place(file, msgspec.json.encode(facts), 0o600)
        files.remember(folder)
        return file

    def waiting(self, workspace_id: str) -> Mapping[Path, tuple[Fact, ...]]:
        """Return what is kept for a workspace, by file, the oldest first.

        Raise OtplanError for a file that cannot be read: its facts must not be passed over.
        """
        kept = sorted((self.folder / workspace_id).glob("[0-9]*.json"))
        read = {file: _read(file) for file in kept}
        return {file: facts for file, facts in read.items() if facts is not None}

    def drop(self, taken: Iterable[Path]) -> None:
        """Remove files whose facts were taken; another command may have done so before."""
        for file in taken:
            file.unlink(missing_ok=True)


def _read(file: Path) -> tuple[Fact, ...] | None:
    """Return the facts of a file; None where another command removed it meanwhile."""
    try:
        return _facts.decode(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise OtplanError(
            f"{file} keeps facts for the registry, and cannot be read ({error})",
            "Move it away: jobs that it may name are found again while their queue knows them.",
        ) from error
