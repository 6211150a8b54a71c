"""The code that a manifest's jobs run, as a tree of this machine's files and its digest."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from otplan.errors import OtplanError
from otplan.render import git
from otplan.shell.protocol import Shell

LINK, PLAIN, EXECUTABLE = "120000", "100644", "100755"
"""The modes of git's index: a link, a file, a file that can be run."""

_NO_CODE = frozenset({".git", "__pycache__"})


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A file or link of a tree: its path in it, its mode, and the sha256 of its content."""

    path: str
    mode: str
    digest: str


@dataclass(frozen=True, slots=True)
class Tree:
    """Files below `base`; `start` is where the manifest's folder lies in it, `.` if it is that."""

    base: str
    start: str
    entries: tuple[Entry, ...]

    @property
    def digest(self) -> str:
        """Return 32 hexadecimal digits of the hash over the sorted entries."""
        lines = "".join(f"{e.mode} {e.digest} {e.path}\0" for e in self.entries)
        return sha256(lines.encode(errors="surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sources:
    """What code a manifest has: its real path, its git root, and the files it names.

    Relative paths start at the manifest's folder. `only` (`code: [paths]`) replaces what git
    tracks: all below those paths, tracked or not.
    """

    manifest: str
    root: str = ""
    named: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def gather(sources: Sources, shell: Shell) -> Tree:
    """Return the tree of a manifest's code, as its files are now.

    `base` is the folder around all of it, so that `../x` means in an export what it means here.
    Raise OtplanError where a file cannot be read.
    """
    folder = _above(sources.manifest)
    tracked = list(_tracked(sources, folder, shell))
    named = [_joined(folder, path) for path in sources.named]
    base = os.path.commonpath([sources.root or folder, folder, *map(_above, (*named, *tracked))])
    read = {path: _entry(path, base, follow=False) for path in tracked}
    read |= {path: _entry(path, base, follow=True) for path in named}
    entries = tuple(sorted(entry for entry in read.values() if entry))
    return Tree(base, os.path.relpath(folder, base), entries)


def content(path: str, mode: str) -> bytes:
    """Return a file's bytes, or where a link points to."""
    if mode == LINK:
        return os.fsencode(Path(path).readlink())
    return Path(path).read_bytes()


def _above(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _joined(folder: str, path: str) -> str:
    return os.path.normpath(path if path.startswith("/") else f"{folder}/{path}")


def _tracked(sources: Sources, folder: str, shell: Shell) -> Iterable[str]:
    if sources.only:
        return (path for one in sources.only for path in _below(_joined(folder, one)))
    if sources.root:
        return (f"{sources.root}/{path}" for path in git.listed(shell, sources.root))
    return ()


def _below(path: str) -> Iterator[str]:
    if not Path(path).is_dir():
        yield path
    for folder, inner, files in os.walk(path):
        links = [name for name in inner if Path(folder, name).is_symlink()]
        inner[:] = [name for name in inner if name not in _NO_CODE]
        yield from (f"{folder}/{name}" for name in (*links, *files))


def _entry(path: str, base: str, *, follow: bool) -> Entry | None:
    try:
        found = Path(path).stat(follow_symlinks=follow)
        mode = _mode(found.st_mode)
        digest = sha256(content(path, mode)).hexdigest() if mode else ""
    except FileNotFoundError:
        return (
            None  # Deleted and not yet committed; a named file that is missing is load's to tell.
        )
    except OSError as error:
        raise OtplanError(f"`{path}` cannot be read: {error.strerror}") from error
    return Entry(os.path.relpath(path, base), mode, digest) if mode else None


def _mode(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return LINK
    if not stat.S_ISREG(mode):
        return ""
    return EXECUTABLE if mode & stat.S_IXUSR else PLAIN
