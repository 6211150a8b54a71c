"""What otplan does to the machine while it runs one command."""

import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import generate, manifest
from benchmarks.cases import ROOT
from benchmarks.shapes import pipeline

PROBE = Path(__file__).with_name("probe.py")
CODE = (str(ROOT / "otplan"), *(sysconfig.get_path(each) for each in ("stdlib", "purelib")))

COMMANDS = {
    "lint": ("lint", "manifest.yaml"),
    "plan": ("plan", "manifest.yaml"),
    "plan --offline": ("plan", "--offline", "manifest.yaml"),
}
"""The commands that read a manifest and must be quick, by name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The modules imported, and the files opened and processes started, each time anew.

    What the import system opens is left out.
    """

    imported: frozenset[str]
    opened: tuple[str, ...]
    started: tuple[str, ...]


class Probed(Protocol):
    """A way to learn what a command does."""

    def __call__(self, size: int, *words: str) -> Seen:
        """Return what the command did on a manifest of so many resources."""
        ...


def project(folder: Path, size: int) -> Path:
    """Make a folder with the benchmarks' graph of some size, in a git repository; return it."""
    folder.mkdir()
    (folder / "manifest.yaml").write_text(manifest.text(pipeline(size)))
    (folder / "work.py").write_text("print('work')\n")
    generate.commit(folder)
    return folder


def seen(folder: Path, *words: str) -> Seen:
    """Run a command in a folder and return what it did."""
    report = folder.parent / "report.json"
    argv = [sys.executable, str(PROBE), str(report), *words]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    found = json.loads(report.read_bytes())
    opened = tuple(path for path in found["opened"] if not path.startswith(CODE))
    return Seen(frozenset(found["imported"]), opened, tuple(found["started"]))
