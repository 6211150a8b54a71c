"""A stand-in for ssh on PATH: a script that gets the command line of the far side, and counts."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = """\
#!/bin/sh
echo "$*" >>{calls}
for command; do :; done
{body}
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A folder that is put first on PATH."""

    folder: Path

    def be(self, patch: pytest.MonkeyPatch, body: str) -> None:
        """Be an ssh that does this; `$command` is what it should have run on the other side."""
        path = self.folder / "ssh"
        path.write_text(SCRIPT.format(calls=self.folder / "calls", body=body))
        path.chmod(0o755)
        if not os.environ["PATH"].startswith(f"{self.folder}:"):
            patch.setenv("PATH", f"{self.folder}:{os.environ['PATH']}")

    @property
    def calls(self) -> list[str]:
        """Return the arguments of every start, in order."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


def runs(command: str) -> bool:
    """Tell whether a command is here and runs: a shim of pyenv may be there and refuse."""
    try:
        done = subprocess.run([command, "--version"], capture_output=True, check=False, timeout=20)
    except OSError:
        return False
    return done.returncode == 0


def old_python() -> str:
    """Return a Python that otplan itself does not run on: on PATH, or of pyenv; empty for none."""
    names = ("python3.6", "python3.7", "python3.8")
    return next((name for name in (*names, *_of_pyenv(names)) if runs(name)), "")


def _of_pyenv(names: Sequence[str]) -> Iterator[str]:
    root = Path(_said("pyenv", "root")) if shutil.which("pyenv") else None
    for folder in sorted((root / "versions").glob("3.*")) if root else ():
        yield from (str(path) for name in names if (path := folder / "bin" / name).exists())


def _said(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
