"""What a path stands for now: the hash of a file, or of all files below a folder.

Asked of the host with coreutils, so that a file never travels to be hashed.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from otplan.errors import Unreachable
from otplan.shell.protocol import Shell

_BATCH = 500
_HASHING = 3600.0


def digests(shell: Shell, paths: Sequence[str]) -> Mapping[str, str | None]:
    """Return `sha256:…` of each path; None where there is nothing. Links are followed.

    A folder's is the hash of the sorted lines `<sha256>  <path in it>` of its files.
    Raise Unreachable where something is there and cannot be read.
    """
    inside = {path: _below(shell, path) for path in dict.fromkeys(paths)}
    sums = _sums(shell, sorted({file for files in inside.values() for file in files or ()}))
    return {path: _digest(path, files, sums) for path, files in inside.items()}


def modified(shell: Shell, paths: Sequence[str]) -> Mapping[str, int]:
    """Return when each path, or the newest below it, was written; leave out what is not there.

    The cheap question before the dear one: what is older than a pin needs no hashing.
    """
    argv = ["du", "-sL0", "--time", "--time-style=+%s", "--", *paths]
    entries = (entry.split("\t", 2) for entry in _split(shell.run(argv, timeout=_HASHING).out))
    return {path: int(time) for _, time, path in entries}


def real(shell: Shell, paths: Sequence[str]) -> Mapping[str, str]:
    """Return each path with all links in it followed, as far as they lead."""
    argv = ["realpath", "-mz", "--", *paths]
    return dict(zip(paths, _split(_out(shell, argv)), strict=True))


def _below(shell: Shell, path: str) -> Sequence[str] | None:
    # -l: without it du leaves out what it has seen under another name.
    listing = shell.run(["du", "-alL0", "--", path], timeout=_HASHING)
    entries = [entry.partition("\t")[2] for entry in _split(listing.out)]
    if not entries:
        return None
    if listing.code:
        raise Unreachable(
            f"`{path}` cannot be read: {listing.err.decode(errors='replace').strip()}"
        )
    return [file for batch in _batches(entries) for file in _regular(shell, batch)]


def _regular(shell: Shell, paths: Sequence[str]) -> Iterator[str]:
    told = _out(shell, ["stat", "-L", "--printf=%f %n\\0", "--", *paths])
    for entry in _split(told):
        mode, _, path = entry.partition(" ")
        if stat.S_ISREG(int(mode, 16)):
            yield path


def _sums(shell: Shell, paths: Sequence[str]) -> dict[str, str]:
    # -z needs coreutils 8.25; without it a line of an odd name starts with a backslash.
    told = [_out(shell, ["sha256sum", "--", *batch]) for batch in _batches(paths)]
    lines = b"".join(told).split(b"\n")[:-1]
    sums = [line.removeprefix(b"\\")[:64].decode() for line in lines]
    return dict(zip(paths, sums, strict=True))


def _digest(path: str, files: Sequence[str] | None, sums: Mapping[str, str]) -> str | None:
    if files is None:
        return None
    if list(files) == [path]:
        return f"sha256:{sums[path]}"
    lines = sorted(f"{sums[file]}  {file.removeprefix(path).lstrip('/')}\n" for file in files)
    return f"sha256:{sha256(''.join(lines).encode(errors='surrogateescape')).hexdigest()}"


def _out(shell: Shell, argv: Sequence[str]) -> bytes:
    done = shell.run(argv, timeout=_HASHING)
    if done.code:
        raise _unreadable(argv[0], done.err)
    return done.out


def _unreadable(command: str, err: bytes) -> Unreachable:
    said = err.decode(errors="replace").strip()
    return Unreachable(
        f"`{command}` could not read all: {said}", "Make it readable, or leave it out."
    )


def _split(out: bytes) -> list[str]:
    return out.decode(errors="surrogateescape").split("\0")[:-1]


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    return (paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH))
