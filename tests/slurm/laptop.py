"""A machine without Slurm that sees nothing of the cluster but the port of its sshd."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.lab import Said
from tests.shell.sshd import Sshd
from tests.slurm.site import PATIENCE, Site

HIDING = '{mount} -t tmpfs none "$1" && {mount} -t tmpfs none "$2" && shift 2 && exec "$@"'
COMMANDS = ("env", "git")
"""All that otplan may need of this machine, beside ssh."""


@dataclass(frozen=True, slots=True)
class Laptop(Site):
    """A project whose commands run in a mount namespace, where the cluster's folders are empty."""

    sshd: Sshd
    configuration: str

    def prepare(self) -> None:
        """Make the folders, and bring the commands."""
        super(Laptop, self).prepare()
        (self.root / "experiments").mkdir()
        for name in COMMANDS:
            found = shutil.which(name)
            assert found
            (self.sshd.ssh.folder / name).symlink_to(found)

    def make(self, text: str = "", **cluster: str) -> None:
        """Make the project on the cluster behind ssh, its registry beside the manifest."""
        super(Laptop, self).make(text, login="login", **cluster)
        self.edit("cluster: lab\n", "cluster: lab\nstate: registry.db\n")

    def __call__(self, *argv: str, code: int = 0, at: str = ".", **environment: str) -> Said:
        """Run a command there, in a process of its own; it must end with `code`."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
        env |= environment | {"PATH": str(self.sshd.ssh.folder)}
        done = subprocess.run(
            [*self._hidden(), sys.executable, "-m", "otplan", *argv],
            cwd=self.folder / at,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=5 * PATIENCE,
        )
        said = Said(done.returncode, done.stdout, done.stderr)
        assert said.code == code, f"otplan {' '.join(argv)} ended with {said.code}\n{said}"
        return said

    def sees(self, *paths: Path) -> list[str]:
        """Return what a listing of these folders prints there."""
        ls = shutil.which("ls")
        assert ls
        argv = [*self._hidden(), ls, "-A", *map(str, paths)]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()

    def calls(self) -> int:
        """Return how often ssh was started since this was asked last."""
        count = len(self.sshd.ssh.calls)
        (self.sshd.ssh.folder / "calls").write_text("")
        return count

    def _hidden(self) -> list[str]:
        """Return the beginning of a command that finds the cluster's folders empty."""
        unshare, mount = shutil.which("unshare"), shutil.which("mount")
        assert unshare
        folders = [str(self.root / "experiments"), str(Path(self.configuration).parent)]
        return [unshare, "-m", "/bin/sh", "-c", HIDING.format(mount=mount), "sh", *folders]
