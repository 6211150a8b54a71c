"""Code exports: jobs run from a copy, so that editing and committing change nothing for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from secrets import token_hex

from otplan.core import layout
from otplan.errors import OtplanError
from otplan.render.tree import EXECUTABLE, LINK, PLAIN, Entry, Tree, content
from otplan.shell.protocol import Completed, Shell

_BATCH = 32 << 20  # bytes held at a time
_BYTES = "surrogateescape"


def live(manifest: str) -> str:
    """Return the folder that programs start in with `code: live`: the manifest's own."""
    return manifest.rpartition("/")[0] or "/"


def start(tree: Tree) -> str:
    """Return the folder in an export that stands for the manifest's: where programs start.

    It begins at the folder of experiments, as `export` fills it on any host.
    """
    path = layout.code_path(tree.digest)
    return path if tree.start == "." else f"{path}/{tree.start}"


def export(tree: Tree, shell: Shell, home: str) -> str:
    """Put a tree of this machine below `<home>/code` of a host, once.

    Return the folder in it where programs start. The export is written beside its place and
    renamed: two at once, or one killed, leave it whole or not at all. Its files stay writable,
    for some programs write beside their code. Raise OtplanError where a file changed meanwhile,
    or the host cannot be written.
    """
    folder = layout.code_folder(home, layout.code_path(tree.digest))
    parent, _, name = folder.rpartition("/")
    if name not in shell.names(parent):
        half = f"{parent}/.{name}.{token_hex(6)}"
        _fill(tree, shell, half)
        _rename(shell, half, folder)
    return layout.code_folder(home, start(tree))


def _fill(tree: Tree, shell: Shell, folder: str) -> None:
    _must(shell, ["mkdir", "-p", "--", f"{folder}/{tree.start}"])
    for mode in (PLAIN, EXECUTABLE):
        for batch in _batches(tree, mode):
            shell.write(folder, dict(batch), executable=mode == EXECUTABLE)
    for entry in _links(tree):
        place = f"{folder}/{entry.path}"
        _must(shell, ["mkdir", "-p", "--", place.rpartition("/")[0]])
        _must(shell, ["ln", "-sT", "--", _read(tree, entry).decode(errors=_BYTES), place])


def _rename(shell: Shell, half: str, folder: str) -> None:
    # rename(2) refuses a folder that is not empty: then somebody else was first.
    done = shell.run(["mv", "-T", "--", half, folder])
    if done.code:
        shell.run(["rm", "-rf", "--", half])
        if not shell.names(folder):
            raise _refused(folder, done)


def _must(shell: Shell, argv: Sequence[str]) -> None:
    done = shell.run(argv)
    if done.code:
        raise _refused(argv[-1], done)


def _refused(place: str, done: Completed) -> OtplanError:
    said = done.err.decode(errors="replace").strip()
    return OtplanError(f"The code cannot be put at `{place}`: {said}")


def _batches(tree: Tree, mode: str) -> Iterator[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for entry in tree.entries:
        if entry.mode == mode:
            batch.append((entry.path, _read(tree, entry)))
            size += len(batch[-1][1])
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _links(tree: Tree) -> Iterator[Entry]:
    # A named file that is reached through a tracked link takes the link's place.
    above = {above for entry in tree.entries for above in _above(entry.path)}
    return (e for e in tree.entries if e.mode == LINK and e.path not in above)


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _read(tree: Tree, entry: Entry) -> bytes:
    path = f"{tree.base}/{entry.path}"
    try:
        found = content(path, entry.mode)
    except OSError:
        found = b""
    if sha256(found).hexdigest() != entry.digest:
        raise OtplanError(
            f"`{path}` was changed while the code was exported.",
            "Apply again when the edit is complete.",
        )
    return found
