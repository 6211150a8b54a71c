"""The guard that keeps tests out of the home of whoever runs them."""

import os
import pwd
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Events of `sys.addaudithook` whose first argument is a path.
WATCHED = frozenset(
    (
        "open",
        "os.chmod",
        "os.link",
        "os.listdir",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.scandir",
        "os.symlink",
        "os.truncate",
        "shutil.rmtree",
        "sqlite3.connect",
    )
)


class HomeGuard:
    """Refuse, and remember, every use of the homes while a test runs.

    It is an audit hook: it sees each open file, however a library came to it.
    """

    def __init__(self, homes: tuple[str, ...], allowed: tuple[str, ...]) -> None:
        self.homes = homes
        self.allowed = allowed
        self.watching = False
        self.touched: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Look at one audit event; raises AssertionError when it names a place in a home."""
        if not self.watching or event not in WATCHED:
            return
        path = _absolute(arguments[0])
        if _inside(path, self.homes) and not _inside(path, self.allowed):
            self.touched.append(f"{event} {path}")
            message = f"a test touched the real home: {event} {path}"
            raise AssertionError(message)


def install() -> HomeGuard:
    """Start a guard for the real home; there is no way to take an audit hook away again.

    The checkout, the interpreter and the temporary folder may lie in the home: they are allowed.
    """
    places = (str(ROOT), sys.prefix, sys.base_prefix, tempfile.gettempdir())
    allowed = (*places, *(os.path.realpath(place) for place in places))
    guard = HomeGuard(_real_homes(), allowed)
    sys.addaudithook(guard)
    return guard


def _real_homes() -> tuple[str, ...]:
    """Return the home that the password database names: HOME may be replaced already."""
    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ()
    # A container's nameless user may live in the root folder, where everything is.
    return () if home in ("", "/") else (home, os.path.realpath(home))


def _absolute(path: object) -> str:
    """Return where a path leads, or nothing for a file descriptor."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str):
        return ""
    return os.path.normpath(path if path.startswith("/") else f"{Path.cwd()}/{path}")


def _inside(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
