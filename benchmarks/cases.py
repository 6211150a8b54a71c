"""What is measured: each case is otplan and one other program that does the same work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import slurm, terraform
from benchmarks.measure import Command, Cost

ROOT = Path(__file__).resolve().parent.parent
OTPLAN = str(Path(sys.executable).with_name("otplan"))
FLOOR = ("click", "msgspec", "yaml")
"""The installed modules that `otplan lint` imports; tests/budgets keeps this true."""

SCALED = {100: 0.4 / 0.36, 1_000: 0.4 / 0.92, 5_000: 1.5 / 4.5, 10_000: 3.0 / 13.4}
"""The budgets of a plan in seconds, over what Terraform took on the machine they were set on.

There is none of its own for 100 resources: it must not be slower than 1,000 may be.
"""
LINT = (0.065 + 0.15) / 0.065
"""The budget of lint, 0.15 s more than the imports, over what these took on that machine."""
PEAK = 260.0
"""MB that a plan of any size may take."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What otplan may take: its time over the other's, and MB; None: no limit.

    A ratio, as seconds say nothing on another machine, or on this one while it is busy. Where the
    other's time is part of ours, `more` bounds the seconds that are our own.
    """

    ratio: float | None = None
    peak: float | None = None
    more: float | None = None

    def kept(self, ours: Cost, other: Cost) -> bool:
        """Tell whether both limits hold."""
        limit = self.limit(other)
        quick = limit is None or ours.wall <= limit * other.wall
        return quick and (self.peak is None or ours.peak <= self.peak)

    def limit(self, other: Cost) -> float | None:
        """Return how many times as long as the other it may take."""
        return self.ratio if self.more is None else 1 + self.more / other.wall


@dataclass(frozen=True, slots=True)
class Case:
    """Otplan's command, the other's name and command, and the budget between them."""

    name: str
    otplan: Command
    beside: str
    other: Command
    budget: Budget


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which graphs to plan, a scratch folder, and one that outlives the run."""

    shapes: Sequence[str]
    sizes: Sequence[int]
    scratch: Path
    cache: Path


def plan(wanted: Wanted) -> Iterator[Case]:
    """Plan each graph from nothing, beside Terraform."""
    python = terraform.python(wanted.cache)
    for shape in wanted.shapes:
        for size in wanted.sizes:
            folder = _graph(wanted, shape, size)
            yield Case(
                name=f"plan {shape} {size:,}",
                otplan=_otplan(wanted, folder / "otplan", "plan", "--offline", "manifest.yaml"),
                beside="Terraform",
                other=_python(wanted, folder / "terraform", str(python), terraform.PROGRAM),
                budget=Budget(SCALED.get(size), peak=PEAK),
            )


def lint(wanted: Wanted) -> Iterator[Case]:
    """Lint 100 resources, beside the imports that nothing can save."""
    folder = _graph(wanted, "pipeline", 100) / "otplan"
    yield Case(
        name="lint pipeline 100",
        otplan=_otplan(wanted, folder, "lint", "manifest.yaml"),
        beside=f"import {', '.join(FLOOR)}",
        other=_python(wanted, folder, sys.executable, f"import {', '.join(FLOOR)}"),
        budget=Budget(LINT),
    )


def start(wanted: Wanted) -> Iterator[Case]:
    """Say the version, beside the import of click."""
    yield Case(
        name="--version",
        otplan=_otplan(wanted, wanted.scratch, "--version"),
        beside="import click",
        other=_python(wanted, wanted.scratch, sys.executable, "import click"),
        budget=Budget(1.5),
    )


def submit(wanted: Wanted) -> Iterator[Case]:
    """Submit independent jobs to the lab's Slurm, beside a bare loop of sbatch."""
    folder = slurm.project(wanted.scratch / "submit")
    yield Case(
        name=f"submit {slurm.JOBS}",
        otplan=Command(("sh", "-c", slurm.APPLY, OTPLAN), folder, _environment(wanted)),
        beside="sbatch",
        other=Command(("sh", "-c", slurm.BARE), folder, _environment(wanted)),
        budget=Budget(more=0.010 * slurm.JOBS),
    )
    slurm.clear(folder)


CASES: Mapping[str, Callable[[Wanted], Iterator[Case]]] = {
    "start": start,
    "lint": lint,
    "plan": plan,
    "submit": submit,
}


def _graph(wanted: Wanted, shape: str, size: int) -> Path:
    """Return the folder of a graph, written when it is first wanted."""
    folder = wanted.scratch / f"{shape}-{size}"
    if not folder.exists():
        argv = [sys.executable, "-m", "benchmarks.generate", shape, str(size), str(folder)]
        subprocess.run(argv, cwd=ROOT, check=True)
    return folder


def _otplan(wanted: Wanted, folder: Path, *words: str) -> Command:
    return Command((OTPLAN, *words), folder, _environment(wanted))


def _python(wanted: Wanted, folder: Path, python: str, program: str) -> Command:
    return Command((python, "-c", program), folder, _environment(wanted))


def _environment(wanted: Wanted) -> Mapping[str, str]:
    """Keep the user's own files out, and bytecode as after an installation."""
    home = str(wanted.scratch)
    return {
        "CHECKPOINT_DISABLE": "1",  # Terraform would ask its makers for a newer version.
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "XDG_STATE_HOME": home,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(wanted.cache / "bytecode"),
    }
