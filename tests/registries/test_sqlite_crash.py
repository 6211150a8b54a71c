"""Full disks, killed writers and missing rights, with real processes: nothing is lost."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unreachable
from otplan.registries.sqlite import SqliteRegistry
from otplan.shell import troubles
from tests.conformance.registry_writers import NOW, fact
from tests.home_guard import ROOT

FILL = """
import sys
from otplan.core.record import Fact, FactKind
from otplan.errors import OtplanError
from otplan.registries.sqlite import SqliteRegistry

registry, kept = SqliteRegistry(sys.argv[1]), 0
try:
    for n in range(1, 1000):
        registry.note("w", [Fact("v1:a", n, FactKind.ENDED, 0, values={"text": "x" * 20_000})])
        kept = n
except OtplanError as error:
    read = [fact.n for fact in registry.read("w").facts]
    print(read == list(range(1, kept + 1)), kept > 0, error.message, error.help, sep="\\n")
"""

# The page cache is too small for the transaction: SQLite writes to the file before it commits.
DIE_HALFWAY = """
import os, signal, sqlite3, sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM facts")
for n in range(500):
    connection.execute("INSERT INTO facts VALUES (?, 'w', ?, ?)", (n, str(n), "x" * 1000))
os.kill(os.getpid(), signal.SIGKILL)
"""

# What each of reading and writing comes to.
USE = """
import re, sys
from otplan.core.record import Fact, FactKind
from otplan.errors import OtplanError
from otplan.registries.sqlite import SqliteRegistry

registry = SqliteRegistry(sys.argv[1])
read = lambda: len(registry.read("w").facts)
write = lambda: registry.note("w", [Fact("v1:a", 2, FactKind.ENDED, 0)])
for use in (read, write):
    try:
        print(use(), "fact")
    except OtplanError as error:
        message = re.sub(r"^the registry \\S+ | \\(.*\\)$", "", error.message)
        print(f"{type(error).__name__}: {message}")
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=1m none {disk} && exec "
    if not _runs("unshare", "-rm", "sh", "-c", f"{mount} true"):
        pytest.skip("this machine lets nobody mount a small disk")

    script = f'{mount} "$@"'
    path = str(disk / "otplan.sqlite")
    done = _run("unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-c", FILL, path)

    whole, some, message, mend = done.stdout.splitlines()
    assert (whole, some) == ("True", "True")
    assert f"{path} cannot grow: the disk or the quota is full" in message
    assert mend.startswith("Make room")


def test_a_file_that_may_not_grow_is_told_and_loses_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "otplan.sqlite")

    done = _run(sys.executable, "-c", FILL, path, limit=300_000)

    whole, some, message, _ = done.stdout.splitlines()
    assert (whole, some) == ("True", "True")
    assert path in message


@pytest.mark.parametrize("first", ["read", "write"])
def test_a_writer_killed_halfway_leaves_what_was_there_before(tmp_path: Path, first: str) -> None:
    registry = _noted(tmp_path)
    _run(sys.executable, "-c", DIE_HALFWAY, registry.place)
    left = (tmp_path / "otplan.sqlite-journal").exists()

    if first == "write":
        registry.note("w", [fact(1, at=NOW + 9)])

    assert left
    assert registry.read("w").facts == (fact(1),)
    assert not (tmp_path / "otplan.sqlite-journal").exists()


RIGHTS = {
    "a file that may not be written": (
        {"otplan.sqlite": 0o444},
        ["1 fact", "OtplanError: may not be written by you"],
    ),
    "a folder that may not be written": (
        {".": 0o555},
        ["1 fact", "OtplanError: may not be written by you"],
    ),
    "a file that may not be read": (
        {"otplan.sqlite": 0o000},
        ["Unreachable: cannot be opened", "Unreachable: cannot be opened"],
    ),
    "a folder that may not be entered": (
        {".": 0o000},
        ["Unreachable: is in a folder that you may not enter, or not write"] * 2,
    ),
}


@pytest.mark.parametrize("case", RIGHTS)
def test_a_missing_right_is_told_and_never_taken_for_an_absent_file(
    tmp_path: Path, case: str
) -> None:
    modes, expected = RIGHTS[case]
    registry = _noted(tmp_path / "folder")
    for name, mode in modes.items():
        (tmp_path / "folder" / name).chmod(mode)

    done = _run(*_powerless(), sys.executable, "-c", USE, registry.place)

    (tmp_path / "folder").chmod(0o700)
    assert done.stdout.splitlines() == expected


def test_a_killed_writers_rest_that_a_reader_may_not_clear_is_told(tmp_path: Path) -> None:
    registry = _noted(tmp_path)
    _run(sys.executable, "-c", DIE_HALFWAY, registry.place)
    (tmp_path / "otplan.sqlite").chmod(0o444)

    done = _run(*_powerless(), sys.executable, "-c", USE, registry.place)

    assert "was left by a command that was killed while writing" in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (
            sqlite3.SQLITE_IOERR_FSYNC,
            Unreachable,
            "cannot be read or written: its file system reports an error",
        ),
        (sqlite3.SQLITE_IOERR_LOCK, OtplanError, "cannot be locked: its file system has no locks"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Unreachable, "is locked by another process"),
        (sqlite3.SQLITE_CORRUPT_INDEX, OtplanError, "is damaged"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, OtplanError, "may not be written by you"),
    ],
)
def test_what_cannot_be_made_to_happen_here_has_words_too(
    code: int, kind: type[OtplanError], words: str
) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code

    told = troubles.told("registry /x/otplan.sqlite", error)

    assert type(told) is kind
    assert told.message.startswith(f"the registry /x/otplan.sqlite {words}")
    assert told.message.endswith("(as SQLite says it)")
    assert told.help


def test_a_mistake_of_ours_is_not_taken_for_trouble_with_the_file() -> None:
    assert troubles.told("registry", sqlite3.ProgrammingError("closed")) is None


def _noted(folder: Path) -> SqliteRegistry:
    registry = SqliteRegistry(str(folder / "otplan.sqlite"))
    registry.note("w", [fact(1)])
    return registry


def _powerless() -> tuple[str, ...]:
    """Return what takes root's powers over files away: a user namespace where it is nobody."""
    if os.getuid() != 0:
        return ()
    if not _runs("unshare", "-U", "true"):
        pytest.skip("root may do everything, and cannot become less here")
    return ("unshare", "-U")


def _runs(*argv: str) -> bool:
    return shutil.which(argv[0]) is not None and _run(*argv).returncode == 0


def _run(*argv: str, limit: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, its files bounded to `limit` bytes."""
    bound = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
    return subprocess.run(
        argv, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=bound
    )
