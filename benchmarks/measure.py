"""Run programs in turns, and say what each run cost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Command:
    """A program to measure: its argv, where it runs, and what its environment has besides."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole process cost, its children included: seconds, seconds of processor, MB."""

    wall: float
    cpu: float
    peak: float


def in_turns(commands: Mapping[str, Command], runs: int) -> dict[str, list[Cost]]:
    """Run each command once to warm up, then all of them in turns, `runs` times.

    In turns, because what else the machine does at the time then slows all of them alike.
    """
    for command in commands.values():
        run(command)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            costs[name].append(run(command))
    return costs


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each number by itself."""
    return Cost(
        wall=median(cost.wall for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        peak=median(cost.peak for cost in costs),
    )


def run(command: Command) -> Cost:
    """Run a command to its end; raise SystemExit with what it said where that was no success.

    The peak cannot come out smaller than this process is: a program started from it begins as a
    copy, and Linux keeps the highest mark across exec (getrusage(2), ru_maxrss).
    """
    environment = {**os.environ, **command.environment}
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command.argv, cwd=command.folder, env=environment, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(command.argv)} ended {child.returncode}:\n{words}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
