"""A folder with a manifest of small real jobs, and otplan at work in it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec

from otplan.core.record import Recorded
from otplan.registries.sqlite import SqliteRegistry
from tests.crash.driver import Errand, Return
from tests.crash.strokes import Stroke
from tests.home_guard import ROOT
from tests.processes import living

MANIFEST = """\
otplan: 1
workspace: crash
code: [work.sh]
defaults:
  trainings: {script: work.sh}
  consolidations: {script: work.sh}
  evals: {script: work.sh}
datasets:
  raw: {source: {path: raw.jsonl}}
  pairs: {generate: {script: work.sh, inputs: {raw: raw}, args: {makes: data.jsonl}, chunks: 2}}
trainings:
  tuned:
    matrix: {order: [1, 2]}
    model: none
    datasets: [pairs]
    args: {makes: model, order: "${matrix.order}"}
consolidations:
  merged: {training: "tuned[order=1]", args: {makes: model}}
evals:
  score: {model: merged, benchmark: b, args: {makes: metrics.json}}
"""

# Slots for a job and its twin at once, whatever this machine has.
CLUSTER = """\
scheduler: local
experiments_dir: null
cpus: 8
"""

# Each program waits until the gate is there.
# It tells outside of its run folder that it ran: a second run cannot hide.
WORK = """\
set -e
printf '%s %s starts\\n' "$OTPLAN_RUN_DIR" "$OTPLAN_ATTEMPT" >>"$RUNS"
until [ -e "$GATE" ]; do sleep 0.02; done
printf '{"attempt": %s}\\n' "$OTPLAN_ATTEMPT" >"$OTPLAN_OUTPUT/$2"
printf '%s %s ends\\n' "$OTPLAN_RUN_DIR" "$OTPLAN_ATTEMPT" >>"$RUNS"
"""

APPLY = ("apply", "manifest.yaml", "--auto-approve")


class Driver:
    """A process that runs errands, tests/crash/driver.py; `prefix` is what starts it."""

    def __init__(self, *prefix: str) -> None:
        argv = [*prefix, sys.executable, "-m", "tests.crash.driver"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def send(self, errand: Errand) -> None:
        """Start an errand."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asdict(errand)) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Return:
        """Wait until it is over."""
        assert self._process.stdout
        return msgspec.json.decode(self._process.stdout.readline(), type=Return)

    def close(self) -> None:
        """End the process, when its errand is over."""
        self._process.communicate(timeout=60)


class Site:
    """A manifest's folder, the home of its user beside it, and a record of what ran."""

    def __init__(self, place: Path, driver: Driver) -> None:
        self.driver = driver
        self.place = place
        self.folder = place / "project"
        self.state = self.folder / ".otplan"
        self.runs = place / "runs"
        self.gate = place / "gate"
        self.folder.mkdir(parents=True)
        (self.folder / "manifest.yaml").write_text(MANIFEST)
        (self.folder / "work.sh").write_text(WORK)
        (self.folder / "clusters").mkdir()
        (self.folder / "clusters" / "local.yaml").write_text(CLUSTER)
        (self.folder / "raw.jsonl").write_text('{"a": 1}\n')
        self.gate.touch()

    @property
    def env(self) -> dict[str, str]:
        home = self.place / "home"
        return {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
            "RUNS": str(self.runs),
            "GATE": str(self.gate),
        }

    def errand(self, *argv: str) -> Errand:
        return Errand(str(self.folder), argv, str(self.place / "out"), self.env)

    def otplan(self, *argv: str, stroke: Stroke | None = None, ahead: int = 0) -> Return:
        """Run one command to its end, or to its death."""
        self.driver.send(replace(self.errand(*argv), stroke=stroke, ahead=ahead))
        return self.driver.receive()

    def apply(self, stroke: Stroke | None = None, ahead: int = 0) -> Return:
        return self.otplan(*APPLY, "--wait", stroke=stroke, ahead=ahead)

    @property
    def said(self) -> str:
        """Return what the last command wrote."""
        return (self.place / "out").read_text()

    # --- what is there ---

    @property
    def recorded(self) -> Recorded:
        return SqliteRegistry(str(self.state / "registry.db")).read("crash")

    @property
    def started(self) -> Counter[str]:
        """Return how often a program was started in each run folder, or element of one."""
        lines = self.runs.read_text().splitlines() if self.runs.exists() else []
        return Counter(line.split()[0] for line in lines if line.endswith(" starts"))

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Return every job of the queue by its name, with its state; an array's as one."""
        query = "SELECT DISTINCT id, name, state FROM jobs JOIN elements ON job = id"
        return sorted((name, state) for _, name, state in self.ask("local/queue.db", query))

    def ask(self, file: str, query: str) -> list[tuple[Any, ...]]:
        """Ask a database of the site."""
        place = f"file:{self.state / file}?mode=rw"
        with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as connection:
            return connection.execute(query).fetchall()

    def processes(self, word: str = "") -> list[int]:
        """Return what was started for this site and lives, with a word in its command line."""
        return living(word, f"RUNS={self.runs}")

    def until(self, met: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + 20
        while not met():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.01)

    def close(self) -> None:
        """Leave nothing running and nothing lying about."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.place, ignore_errors=True)
