"""A Slurm of one's own, to stop and break parts of it while nobody else works with it."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.home_guard import ROOT
from tests.processes import living


@dataclass(frozen=True, slots=True)
class Private:
    """A second lab in a folder of its own."""

    folder: Path

    @property
    def configuration(self) -> str:
        """Return its slurm.conf."""
        return str(self.folder / "slurm.conf")

    def command(self, verb: str) -> None:
        """Run one verb of `./dev slurm` on it."""
        env = {**os.environ, "OTPLAN_LAB": str(self.folder)}
        script = ROOT / "tests" / "services" / "slurm"
        # Not captured: the daemons would keep the pipe open.
        log = self.folder.with_suffix(".log")
        # Two labs that start at once would choose the same ports.
        lock = Path(tempfile.gettempdir()) / "otplan-labs.lock"
        with log.open("ab") as out, lock.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            done = subprocess.run([script, verb], env=env, stdout=out, stderr=out, check=False)
        assert done.returncode == 0, log.read_text()

    def start(self, daemon: str) -> None:
        """Start a daemon again."""
        env = {**os.environ, "SLURM_CONF": self.configuration}
        subprocess.run([daemon], env=env, check=True, stdout=subprocess.DEVNULL, timeout=60)

    def send(self, daemon: str, number: signal.Signals) -> None:
        """Send a signal to a daemon; with SIGKILL it is gone afterwards."""
        for pid in self._pids(daemon):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def heal(self) -> None:
        """Start again whatever a test left broken, and wait until all nodes take jobs."""
        for daemon in ("slurmdbd", "slurmctld"):
            if not self._pids(daemon):
                self.start(daemon)
        deadline = time.monotonic() + 60
        while not self._ready():
            self._ask("scontrol", "update", "nodename=ALL", "state=resume")
            assert time.monotonic() < deadline, self._ask("sinfo")
            time.sleep(0.3)

    def _ready(self) -> bool:
        """Tell whether every node takes jobs."""
        states = self._ask("sinfo", "-h", "-N", "-p", "main", "-o", "%T").split()
        return bool(states) and set(states) <= {"idle", "mixed", "allocated"}

    def _ask(self, *argv: str) -> str:
        env = {**os.environ, "SLURM_CONF": self.configuration}
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout

    def stop(self, daemon: str) -> None:
        """Stop a daemon as its init script does: it writes down what it knows."""
        self.send(daemon, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self._pids(daemon):
            assert time.monotonic() < deadline, f"{daemon} does not stop"
            time.sleep(0.1)

    def _pids(self, daemon: str) -> list[int]:
        return living(daemon, f"SLURM_CONF={self.configuration}")

    @contextmanager
    def frozen(self, daemon: str) -> Iterator[None]:
        """Let a daemon stand still for a while: its clients wait for an answer."""
        self.send(daemon, signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(daemon, signal.SIGCONT)


@contextmanager
def private_lab() -> Iterator[Private]:
    """Start a lab, and stop it and delete its folder in the end."""
    folder = Path(tempfile.mkdtemp(prefix="otplan-lab-"))
    lab = Private(folder)
    try:
        lab.command("up")
        yield lab
    finally:
        lab.command("down")
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)
