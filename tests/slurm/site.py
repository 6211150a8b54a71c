"""A project whose cluster is the lab's Slurm, and what its tests ask of that Slurm."""

import contextlib
import getpass
import json
import os
import subprocess
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from otplan.schedulers.slurm import argv as slurm
from tests.acceptance.lab import Lab

PATIENCE = 60.0
"""Seconds that anything may take: a requeue alone waits six, and the machine may be busy."""

CLUSTER = """\
description: The lab
scheduler: slurm
experiments_dir: {experiments}
cpus: 16
"""


@dataclass(frozen=True, slots=True)
class Site(Lab):
    """A folder with a manifest for Slurm; `control` lets its steps wait and fail (see step.sh)."""

    def make(self, text: str = "", **cluster: str) -> None:
        """Make the project: the miniature or another manifest, on a cluster with these facts."""
        folder = self.folder / "clusters"
        folder.mkdir()
        facts = CLUSTER.format(experiments=self.root / "experiments")
        facts += "".join(f"{key}: {value}\n" for key, value in cluster.items())
        (folder / "lab.yaml").write_text(facts)
        super(Site, self).make(text)
        if not text:
            self.edit("workspace: miniature\n", "workspace: miniature\ncluster: lab\n")

    @property
    def kept(self) -> Path:
        """Return the file of what the site said of its limits."""
        return self.root / "experiments" / f"site-limits.lab.{getpass.getuser()}.json"

    def believe_nothing(self) -> None:
        """Let it be as if the site had said just now that it has no limits at all."""
        self.kept.parent.mkdir(exist_ok=True)
        self.kept.write_text(json.dumps({"at": int(time.time())}))

    def until(self, label: str, *states: str, patience: float = PATIENCE) -> None:
        """Wait until a stage is in one of these states."""
        otherwise = f"{label} is not {' or '.join(states)}"
        self.wait(lambda: self.states()[label] in states, otherwise, patience)

    def until_all(self, *states: str, but: Collection[str] = ()) -> None:
        """Wait until every stage is in one of these states."""
        self.wait(
            lambda: all(s in states for name, s in self.states().items() if name not in but),
            f"not all are {' or '.join(states)}",
        )

    def began(self, step: str, times: int = 1) -> None:
        """Wait until a step has begun so often."""
        path = self.control / "ran"
        self.wait(
            lambda: path.exists() and path.read_text().split().count(step) >= times,
            f"{step} did not begin {times} times",
        )

    def wait(self, over: Callable[[], bool], otherwise: str, patience: float = PATIENCE) -> None:
        """Look now and then, until something holds."""
        deadline = time.monotonic() + patience
        while not over():
            assert time.monotonic() < deadline, f"{otherwise}\n{self.queue_says()}{self.told()}"
            time.sleep(0.3)

    def kill_after(self, seconds: float, command: "subprocess.Popen[str]") -> None:
        """Kill a command after so long, if it has not ended by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            command.communicate(timeout=seconds)
        command.kill()
        command.communicate()

    def todo(self) -> dict[str, str]:
        """Return what a plan would do, beside rows of the catalog."""
        return {label: verb for label, verb in self.plan().items() if verb != "catalog"}

    def told(self) -> str:
        """Return what a status says, for a person who reads a failure."""
        return self("status", "-m", "manifest.yaml").out

    def queue_says(self) -> str:
        """Return the jobs of this site in the queue: id, name, state and reason."""
        said = self.slurm("squeue", "--me", "--array", "-h", "-o", "%i %j %T %r %Z")
        return "".join(f"{line}\n" for line in said.splitlines() if str(self.root) in line)

    def jobs(self, step: str = "") -> list[str]:
        """Return the ids of this site's live jobs, or of those whose name begins so."""
        rows = (line.split() for line in self.queue_says().splitlines())
        return [row[0] for row in rows if row[1].startswith(step)]

    def records(self, names: int) -> dict[str, list[str]]:
        """Return the states that accounting has of so many names, oldest first; it lags."""
        self.wait(lambda: len(self._records()) >= names, f"accounting knows no {names} names")
        return self._records()

    def _records(self) -> dict[str, list[str]]:
        asked = ("sacct", "-X", "-n", "-P", "-D", "-S", "now-1hours", "-o", "JobName,State,WorkDir")
        found: dict[str, list[str]] = {}
        for row in self.slurm(*asked).splitlines():
            name, state, folder = row.split("|", 2)
            if folder.startswith(str(self.root)):
                found.setdefault(name, []).append(state)
        return found

    def slurm(self, *argv: str) -> str:
        """Run one of Slurm's own commands, and return what it says."""
        argv = tuple(slurm.client(argv, os.environ))
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def clear(self) -> None:
        """Leave nothing in the queue."""
        self.let_go()
        if jobs := self.jobs():
            self.slurm("scancel", *jobs)
