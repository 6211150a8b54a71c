"""File systems whose locks do not reach the other nodes: there two commands could write at once.

Sources: mount.lustre(8), `localflock`; nfs(5), `nolock` and `local_lock`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from otplan.errors import OtplanError

TABLE = Path("/proc/self/mounts")
"""The mounts of this process, one a line, the later over the earlier: proc_pid_mounts(5)."""

_LOCAL = frozenset({"localflock", "nolock", "local_lock=all", "local_lock=posix"})


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system, where it is mounted, and with which options."""

    source: str
    point: str
    options: tuple[str, ...]

    @property
    def local(self) -> tuple[str, ...]:
        """Return the options that keep its locks on this node."""
        return tuple(option for option in self.options if option in _LOCAL)


def parse(table: str) -> tuple[Mount, ...]:
    """Read lines as fstab(5) describes them; a line without four fields is left out."""
    rows = [line.split() for line in table.splitlines()]
    return tuple(
        Mount(_plain(row[0]), _plain(row[1]), tuple(row[3].split(",")))
        for row in rows
        if len(row) >= 4  # noqa: PLR2004 - source, mount point, type, options
    )


def holding(mounts: Sequence[Mount], path: str) -> Mount | None:
    """Return the mount that an absolute path is on: the deepest, of several there the last."""
    above = {str(folder) for folder in (PurePosixPath(path), *PurePosixPath(path).parents)}
    candidates = [mount for mount in reversed(mounts) if mount.point in above]
    return max(candidates, key=lambda mount: len(mount.point), default=None)


def check(path: Path, table: Path = TABLE) -> None:
    """Raise OtplanError where locks on `path` would not hold; a system without `table` is fine."""
    if not table.exists():
        return
    mount = holding(parse(table.read_text(errors="surrogateescape")), str(path.resolve()))
    if mount is None or not mount.local:
        return
    raise OtplanError(
        f"the registry {path} is on {mount.point} ({mount.source}), mounted with "
        f"`{','.join(mount.local)}`: two nodes could write it at once",
        "Name a place on another file system with `state:`, or have this one mounted without it.",
    )


def _plain(field: str) -> str:
    r"""Undo the octal escapes of blanks and backslashes: `\040` is a space."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
