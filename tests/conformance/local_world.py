"""The queue of this machine, for one test: real scripts, and nothing left running after."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from otplan.core.job import JobRef
from otplan.schedulers.local import traces
from otplan.schedulers.local.entries import Machine
from otplan.schedulers.local.scheduler import Local
from otplan.shell.here import Here
from otplan.shell.protocol import ProcessId
from tests.conformance.scheduler_world import World


class Remembering(Here):
    """The machine, which remembers the runners it started."""

    def __init__(self) -> None:
        self.runners: list[ProcessId] = []

    def spawn(self, argv: Sequence[str], log: str) -> ProcessId:
        self.runners.append(super().spawn(argv, log))
        return self.runners[-1]


class LocalWorld(World):
    """A queue in a folder of its own, on a machine with so many slots."""

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        super().__init__(folder)
        self.queue = folder / "queue"
        self.shell = Remembering()
        self.scheduler: Local = self.another(machine or Machine(8, 0))

    def another(self, machine: Machine) -> Local:
        """Return the same queue, as another command would open it."""
        return Local("local", self.shell, str(self.queue), machine, lambda: int(time.time()))

    def turn(self) -> None:
        time.sleep(0.01)

    def starts(self, name: str) -> list[str]:
        path = self.folder / name / "starts"
        return sorted(path.read_text().split()) if path.exists() else []

    def let_go(self, name: str) -> None:
        (self.folder / name / "go").touch()

    def log(self, name: str) -> str:
        path = self.folder / name / "log"
        return path.read_text() if path.exists() else ""

    def group(self, ref: JobRef) -> int:
        """Return the process group of a job's script, once it has one."""
        path = traces.base(str(self.queue), ref.id)
        self.wait(lambda: traces.group(path) is not None)
        return traces.group(path) or 0

    def living(self) -> list[ProcessId]:
        """Return the runners that live."""
        return [runner for runner in self.shell.runners if self.shell.alive(runner)]

    def kill_runners(self) -> None:
        """Kill every runner, as the machine's owner may."""
        for runner in self.living():
            with suppress(ProcessLookupError):
                os.kill(runner.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while self.living():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def close(self) -> None:
        """Leave nothing running."""
        self.kill_runners()
        for start in self.queue.glob("jobs/*.start"):
            group = traces.group(start.with_suffix(""))
            if group:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
