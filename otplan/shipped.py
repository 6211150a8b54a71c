"""Find the folders that otplan ships: schema, templates, clusters, manifests."""

from __future__ import annotations

from pathlib import Path

from otplan.errors import OtplanError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return a shipped folder: that of the wheel where there is one, else the checkout's."""
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def find(name: str, file: str, *, beside: str, user: str) -> Path:
    """Return the file that counts: beside the manifest, in the user's folder, or shipped.

    `name` is a shipped folder; below `beside` and `user` it has the same name. Empty strings
    leave these out. Raise OtplanError where there is no such file anywhere.
    """
    tried = [path / file for path in folders(name, beside=beside, user=user)]
    for path in tried:
        if path.is_file():
            return path
    raise OtplanError(
        f"There is no file {name}/{file}.",
        "Looked for:\n" + "\n".join(f"  {path}" for path in tried),
    )


def folders(name: str, *, beside: str, user: str) -> tuple[Path, ...]:
    """Return where files of a shipped folder may lie, the one that wins first."""
    own = tuple(Path(base) / name for base in (beside, user) if base)
    return (*own, folder(name))
